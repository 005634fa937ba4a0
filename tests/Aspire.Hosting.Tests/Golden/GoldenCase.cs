using System.Text.Json.Nodes;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>A mistake in a model that doesn't end the program: how far its resources get and what their logs say, as recorded of the official host.</summary>
internal sealed class GoldenCase(JsonNode recorded)
{
    /// <summary>A meant difference: the official host says it of every resource, and it is never of use to the reader.</summary>
    private const string CertificatesByDefault = "No custom certificate authorities to configure";

    /// <summary>Said when the recorded run was ended.</summary>
    private const string AtTheStop = "TaskCanceledException: A task was canceled.";

    /// <summary>What follows is the recording's machine.</summary>
    private const string NoSuchHost = ": dial tcp";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_askEvery = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, List<string>> _states =
        recorded["states"]!.AsObject().ToDictionary(r => r.Key, r => GoldenEvents.States(r.Value!.AsArray().Select(s => (string?)s)));

    private readonly Dictionary<string, string[]> _logs = (recorded["resourceLogs"]?.AsObject() ?? []).ToDictionary(
        r => r.Key,
        r => r.Value!.AsArray().Select(l => ((string)l!).Split(NoSuchHost)[0]).Where(l => !l.StartsWith(CertificatesByDefault, StringComparison.Ordinal) && !l.EndsWith(AtTheStop, StringComparison.Ordinal)).ToArray());

    /// <summary>By their names in the recording.</summary>
    public static JsonObject All() => JsonNode.Parse(File.ReadAllText(Path.Combine(GoldenData.Folder!, GoldenCaseTests.Name, "errors.json")))!.AsObject();

    /// <summary>Waits until the run has come as far; fails with what still differs at the limit.</summary>
    public async Task AssertSameAsync(GoldenAppHost run, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (States(run).Concat(await LogsAsync(run, cancellationToken)).FirstOrDefault() is { } difference)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < s_limit, difference + run.Output);
            await Task.Delay(s_askEvery, TimeProvider.System, cancellationToken);
        }
    }

    private List<string> States(GoldenAppHost run)
    {
        // Who waits for a value that is missing waits until the end, and fails then.
        var waits = _states.Values.Any(s => s.Contains("ValueMissing"));
        return [.. _states.Select(r => (
                Name: r.Key,
                Wanted: r.Value.Where(s => !waits || s != "FailedToStart").ToList(),
                Seen: GoldenEvents.States(run.Events.Where(l => (string?)l["kind"] == "snapshot" && (string?)l["resource"] == r.Key).Select(l => (string?)l["state"]))))
            .Where(r => !GoldenEvents.IsSeenOf(r.Seen, r.Wanted)).Select(r => $"{r.Name}: recorded {string.Join(" → ", r.Wanted)}, seen {string.Join(" → ", r.Seen)}\n")];
    }

    /// <summary>Each recorded line is there; more may be said.</summary>
    private async Task<List<string>> LogsAsync(GoldenAppHost run, CancellationToken cancellationToken)
    {
        var differences = new List<string>();
        foreach (var (resource, lines) in _logs)
        {
            var instance = run.Messages.LastOrDefault(m => (string?)m["display_name"] == resource)?["name"];
            var log = instance is null ? [] : await run.LogAsync((string)instance!, cancellationToken);
            differences.AddRange(lines.Where(l => !log.Any(s => s.StartsWith(l, StringComparison.Ordinal))).Select(l => $"{resource}: recorded in its log is '{l}', seen is\n{string.Join('\n', log)}\n"));
        }

        return differences;
    }
}
