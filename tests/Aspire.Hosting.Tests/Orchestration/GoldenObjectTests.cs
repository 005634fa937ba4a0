using System.Text.Json.Nodes;
using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Orchestration;

/// <summary>What the orchestrator is told for the recorded programs, and how far they get, compared with the official host's recordings.</summary>
[Collection(nameof(GoldenRuns))]
public sealed class GoldenObjectTests(GoldenPrograms programs)
{
    private static readonly string[] s_kinds = ["services", "executables"];

    [Theory]
    [InlineData("04-executables")]
    [InlineData("05-references")]
    [InlineData("07-launchsettings")]
    [InlineData("13-waits")]
    public async Task Objects_OfARecordedProgram_AreTheSame(string name)
    {
        var program = await programs.GetAsync(name, TestContext.Current.CancellationToken);
        await using var host = GoldenHost.Start(program);
        var recorded = s_kinds.ToDictionary(kind => kind, kind => JsonNode.Parse(File.ReadAllText(program.Recorded(Path.Combine("dcp", kind + ".json"))))!.AsArray());

        // Names of instances are random, so the states are counted until they are all there.
        var executables = await host.ListWhenAsync("executables", found => SameStates(recorded["executables"], found.Values));
        var services = await host.ListWhenAsync("services", found => SameStates(recorded["services"], found.Values));

        var mask = new GoldenMask(program, GoldenHost.Bundle!, executables.Values, services.Values);
        AssertSame(Texts(recorded["services"], GoldenMask.Recorded), Texts(services.Values, mask.Actual));
        AssertSame(Texts(recorded["executables"], GoldenMask.Recorded), Texts(executables.Values, mask.Actual));
    }

    private static bool SameStates(JsonArray recorded, IEnumerable<JsonNode> found) =>
        recorded.Select(o => o!["statusAtLastPoll"]?["state"]?.GetValue<string>()).Order(StringComparer.Ordinal)
            .SequenceEqual(found.Select(o => o["status"]?["state"]?.GetValue<string>()).Order(StringComparer.Ordinal));

    private static string[] Texts(IEnumerable<JsonNode?> objects, Func<JsonNode, string> text) =>
        [.. objects.Select(o => text(o!)).Order(StringComparer.Ordinal)];

    /// <summary>All differences at once, line by line: one alone seldom tells the cause.</summary>
    private static void AssertSame(string[] recorded, string[] actual)
    {
        var differences = recorded.Except(actual).Zip(actual.Except(recorded)).SelectMany(pair =>
        {
            var expected = pair.First.Split('\n');
            var found = pair.Second.Split('\n');
            return expected.Except(found).Select(l => "- " + l.Trim()).Concat(found.Except(expected).Select(l => "+ " + l.Trim())).Prepend(expected.First(l => l.Contains("\"name\"", StringComparison.Ordinal)));
        }).ToArray();
        Assert.True(differences.Length == 0, string.Join('\n', differences));
        Assert.Equal(recorded, actual);
    }
}

/// <summary>The recorded programs have fixed ports, so they run one after the other.</summary>
[CollectionDefinition(nameof(GoldenRuns), DisableParallelization = true)]
public sealed class GoldenRuns;
