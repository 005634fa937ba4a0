using System.Text.Json.Nodes;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>Mistakes in a model: how the program ends that makes one, or how far its resources get, as recorded of the official host.</summary>
[Collection(nameof(GoldenRuns))]
public sealed class GoldenCaseTests(GoldenPrograms programs)
{
    public const string Name = "12-errors";

    private const string Unhandled = "Unhandled exception. ";

    /// <summary>Meant differences: a fixed port in use is refused, see <c>FixedPortTests</c>. An image that nobody has needs an engine: <c>GoldenContainerTests</c>.</summary>
    private static readonly HashSet<string> s_elsewhere = ["port-in-use", "port-twice", "bad-image"];

    /// <summary>Meant differences: the official host says less, or hangs.</summary>
    private static readonly Dictionary<string, string> s_meant = new()
    {
        ["unknown-healthcheck"] = "The health check 'nope' is not registered and is required for resource 'a'.",
        ["waitfor-cycle"] = "'a' waits for 'b' waits for 'a'",
    };

    private static readonly Lazy<JsonObject> s_cases = new(() => GoldenData.Folder is null ? [] : GoldenCase.All());
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    public static TheoryData<string, string> Ending => [.. Cases("publish", false).Select(c => (c, "publish")).Concat(Cases("run", false).Append("waitfor-cycle").Select(c => (c, "run")))];

    public static TheoryData<string> Running => [.. Cases("run", true).Except(s_meant.Keys).DefaultIfEmpty("(none)")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Ending))]
    public async Task Mistake_ThatEndsTheProgram_SaysWhatTheOfficialHostSays(string name, string mode)
    {
        var program = await programs.GetAsync(Name, Cancellation);
        var result = mode == "run" ? await RunAsync(program, name) : await ToolProcess.RunAsync(
            "dotnet", [program.AppHost, "--CASE", name, "--publisher", "manifest", "--output-path", $"{name}.json"], program.Folder, environment: null, s_limit, Cancellation);

        var recorded = s_cases.Value[name]![mode]!;
        var error = recorded["log"]!.AsArray().Select(l => (string)l!).FirstOrDefault(l => l.StartsWith(Unhandled, StringComparison.Ordinal))?.Replace("$ROOT", program.Apps, StringComparison.Ordinal);

        // Around an error of the start the official host has an AggregateException with one inside.
        const string around = "System.AggregateException: One or more errors occurred. (";
        var text = s_meant.GetValueOrDefault(name) ?? (error?.Contains(around, StringComparison.Ordinal) == true ? error[(Unhandled.Length + around.Length)..^1] : error) ?? string.Empty;
        Assert.Contains(text, result.Output, StringComparison.Ordinal);
        Assert.True(s_meant.ContainsKey(name) ? result.ExitCode != 0 : result.ExitCode == (int)recorded["exitCode"]!, $"Exit code {result.ExitCode}, recorded {recorded["exitCode"]}\n{result.Output}");
    }

    [Theory]
    [MemberData(nameof(Running))]
    public async Task Mistake_ThatShowsInResources_BringsThemAsFarAsRecorded(string name)
    {
        await using var run = GoldenAppHost.Start(await programs.GetAsync(Name, Cancellation), environment: ("CASE", name));
        await new GoldenCase(s_cases.Value[name]!["run"]!).AssertSameAsync(run, Cancellation);
        Assert.Equal(0, await run.StopAsync());
    }

    private static IEnumerable<string> Cases(string mode, bool alive) =>
        s_cases.Value.Where(c => !s_elsewhere.Contains(c.Key) && (int)c.Value![mode]!["exitCode"]! is var code && (bool)c.Value[mode]!["stillAliveAtLimit"]! == alive && (alive || code != 0)).Select(c => c.Key);

    private static async Task<ToolResult> RunAsync(GoldenProgram program, string name)
    {
        await using var run = GoldenAppHost.Start(program, environment: ("CASE", name));
        var exitCode = await run.WaitForExitAsync(Cancellation);
        await run.WaitUntilNothingIsLeftAsync(Cancellation);
        return new ToolResult(exitCode, run.Output);
    }
}
