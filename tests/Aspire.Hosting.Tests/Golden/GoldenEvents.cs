using System.Text.Json.Nodes;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>The order of lifecycle events and of states, for each resource by itself: how they interleave between resources is chance.</summary>
/// <param name="folder">Folder of the recording.</param>
/// <param name="prepare">Puts in what differs from the recording for a known reason.</param>
/// <param name="unsureHealth">Whether these become ready says nothing.</param>
internal sealed class GoldenEvents(string folder, Func<string, string> prepare, string[] unsureHealth)
{
    /// <summary>Between the start of the recorded process, which the length of the run counts from, and its first event; milliseconds.</summary>
    private const int RecordedStart = 150;

    private const int AMoment = 50;
    private const string ReadyFirst = "ResourceReadyEvent → InitializeResourceEvent";
    private const string ReadyLast = "InitializeResourceEvent → ResourceReadyEvent";
    private const string EndOnly = " → ResourceStoppedEvent";
    private const string AtTheEnd = " → ResourceReadyEvent" + EndOnly;

    public IEnumerable<string> Differences(GoldenMatch match, JsonNode[] seen)
    {
        var stopped = (double)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "result.json")))!["ranSeconds"]! * 1000;
        var recorded = File.ReadLines(Path.Combine(folder, "events.jsonl")).Select(l => JsonNode.Parse(prepare(l))!).Where(l => (double)l["t"]! < stopped - RecordedStart).ToArray();
        return CompareEvents(recorded, seen).Concat(CompareStates(match, recorded, seen));
    }

    /// <summary>Those of a resource, and those of the application.</summary>
    private IEnumerable<string> CompareEvents(JsonNode[] recorded, JsonNode[] seen)
    {
        var (wanted, got) = (ByResource(recorded), ByResource(seen));
        return wanted.Select(r => r.Key).Union(got.Select(r => r.Key)).Select(r => (Resource: r, Wanted: Events(wanted[r]), Got: Events(got[r])))
            .Where(r => !IsSame(r.Resource, r.Wanted, r.Got)).Select(r => $"events: {r.Resource}\n    recorded {r.Wanted}\n    seen     {r.Got}");

        // Of a parameter both orders were recorded.
        bool IsSame(string resource, string one, string other) => one == other
            || (one is (ReadyFirst or ReadyLast) && other is (ReadyFirst or ReadyLast))
            || (unsureHealth.Contains(resource) && one == other.Replace(" → ResourceReadyEvent", string.Empty, StringComparison.Ordinal))
            || (EndsAtOnce(resource) && one.Replace(AtTheEnd, EndOnly, StringComparison.Ordinal) == other.Replace(AtTheEnd, EndOnly, StringComparison.Ordinal));

        // Whether such a resource was ready for a moment is seen or not seen by chance.
        bool EndsAtOnce(string resource) => recorded.Where(l => (string?)l["resource"] == resource).ToArray() is var lines
            && lines.LastOrDefault(l => (string?)l["state"] == "Running") is { } running && lines.LastOrDefault(l => (string?)l["event"] == "ResourceStoppedEvent") is { } end
            && (int)end["t"]! - (int)running["t"]! < AMoment;

        static ILookup<string, JsonNode> ByResource(JsonNode[] lines) => lines.Where(l => (string?)l["kind"] == "event").ToLookup(l => (string?)l["resource"] ?? "(application)");

        static string Events(IEnumerable<JsonNode> lines) => string.Join(" → ", lines.Select(l => (string?)l["event"]));
    }

    private static IEnumerable<string> CompareStates(GoldenMatch match, JsonNode[] recorded, JsonNode[] seen)
    {
        foreach (var resource in recorded.Where(l => (string?)l["kind"] == "snapshot").GroupBy(l => (string)l["id"]!))
        {
            var wanted = States(resource.Select(l => (string?)l["state"]));
            var got = States(seen.Where(l => (string?)l["kind"] == "snapshot" && match.Text(resource.Key, (string)l["id"]!)).Select(l => (string?)l["state"]));
            if (!IsSeenOf(got, wanted))
            {
                yield return $"states: {resource.Key}\n    recorded {string.Join(" → ", wanted)}\n    seen     {string.Join(" → ", got)}";
            }
        }
    }

    /// <summary>The orchestrator reports no state for a moment, seen or not seen by chance.</summary>
    public static List<string> States(IEnumerable<string?> published)
    {
        var states = new List<string>();
        foreach (var state in published.OfType<string>().Where(s => s.Length > 0))
        {
            if (states.LastOrDefault() != state)
            {
                states.Add(state);
            }
        }

        return states;
    }

    /// <summary>The same order and the same end; a state that lasted a moment may be missing.</summary>
    public static bool IsSeenOf(List<string> seen, List<string> recorded)
    {
        var next = 0;
        foreach (var state in recorded)
        {
            next += next < seen.Count && seen[next] == state ? 1 : 0;
        }

        return next == seen.Count && seen.LastOrDefault() == recorded.LastOrDefault();
    }
}
