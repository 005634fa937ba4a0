using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>A test program of the recording against the testing library: what it printed and what its processes received.</summary>
[Collection(nameof(GoldenRuns))]
public sealed partial class GoldenTestingTests(GoldenPrograms programs)
{
    private const string Name = "15-testing";

    /// <summary>Times; names of types that nobody can see; what <c>configureBuilder</c> sets counts here (a meant difference).</summary>
    private static readonly HashSet<string> s_ignored =
        ["startAsync.seconds", "stopAsync.seconds", "disposeAsync.seconds", "createAsync.type", "app.type", "config.extra"];

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task TestingLibrary_SaysAndDoesWhatWasRecorded()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(Tools.Dcp() is null, "The orchestrator is not installed; ./run installs it.");
        var program = await programs.GetAsync(Name, cancellation);
        var folder = Path.Combine(program.Apps, Name, "TestRunner", "bin", "Debug", "net10.0");
        var dumps = Directory.CreateDirectory(Path.Combine(folder, "dump")).FullName;
        var variables = new Dictionary<string, string> { ["GOLDEN_DUMP_DIR"] = dumps, ["ASPIRE_DCP_PATH"] = Path.GetDirectoryName(Tools.Dcp())! };

        var result = await ToolProcess.RunAsync("dotnet", [Path.Combine(folder, "TestRunner.dll")], folder, variables, s_limit, cancellation);

        var recorded = Path.Combine(GoldenData.Folder!, Name);
        Assert.Equal(Lines(await File.ReadAllTextAsync(Path.Combine(recorded, "output.txt"), cancellation)), Lines(result.Output.Replace("Unhandled exception. ", "GOLD create = throws Unhandled exception. ", StringComparison.Ordinal).Replace(program.Apps, "$ROOT", StringComparison.Ordinal)));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(recorded, "env")))
        {
            var seen = Directory.EnumerateFiles(dumps, $"{Path.GetFileNameWithoutExtension(file)}.*.json").Select(f => JsonNode.Parse(File.ReadAllText(f))!).First();
            var wanted = JsonNode.Parse(await File.ReadAllTextAsync(file, cancellation))!;
            var names = wanted["received"]!.AsObject().Select(v => v.Key).Where(n => !GoldenMeant.IsVariable(n)).ToArray();
            Assert.Equal(names.Select(n => Variable(n, wanted["received"]![n])), names.Select(n => Variable(n, seen["env"]![n])));
            Assert.Equal(wanted["args"]!.ToJsonString(), seen["args"]!.ToJsonString());
            Assert.Equal((string?)wanted["cwd"], ((string)seen["cwd"]!).Replace(program.Apps, "$ROOT", StringComparison.Ordinal));
        }
    }

    private static string Variable(string name, JsonNode? value) => $"{name}={Suffix().Replace(Port().Replace((string?)value ?? "(nothing)", "RANDOMPORT"), "id=SFX")}";

    private static string[] Lines(string output) =>
        [.. output.Split('\n').Where(l => l.StartsWith("GOLD ", StringComparison.Ordinal) && !s_ignored.Contains(l[5..].Split(' ')[0])).Select(l => Port().Replace(l.TrimEnd(), "RANDOMPORT"))];

    [GeneratedRegex(@"(?<=^PORT=|(?:127\.0\.0\.1|localhost):)(?!4317|8080)[0-9]{4,5}\b|^[0-9]{5}$")]
    private static partial Regex Port();

    [GeneratedRegex("id=[a-z0-9]{8}$")]
    private static partial Regex Suffix();
}
