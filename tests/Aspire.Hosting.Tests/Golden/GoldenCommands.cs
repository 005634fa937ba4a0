using System.Text.Json.Nodes;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>The recorded clicks, done in their order once the resource has come as far as it had in the recording, and what each was answered.</summary>
internal static class GoldenCommands
{
    /// <summary>The recorded clicks count from the start of the process, events from the moment its module was loaded; milliseconds.</summary>
    private const int RecordedStart = 100;

    private static readonly TimeSpan s_askEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    public static async Task RepeatAsync(GoldenAppHost run, GoldenProgram program, CancellationToken cancellationToken)
    {
        var events = Lines(program.Recorded("events.jsonl"));
        foreach (var click in Lines(program.Recorded("commands.jsonl")))
        {
            var (resource, command) = ((string)click["resource"]!, (string)click["command"]!);
            var before = events.Where(e => (string?)e["resource"] == resource && (double)e["t"]! < (double)click["atSeconds"]! * 1000 + RecordedStart).ToArray();
            await WaitForAsync(run, resource, before, cancellationToken);

            var instance = (string)run.Messages.Last(m => (string?)m["display_name"] == resource)["name"]!;
            var seen = await run.CommandAsync(instance, (string)click["type"]!, command, cancellationToken);
            Assert.True(JsonNode.DeepEquals(click["response"], seen), $"{command} of {resource}: recorded {click["response"]!.ToJsonString()}, seen {seen.ToJsonString()}");
        }
    }

    private static async Task WaitForAsync(GoldenAppHost run, string resource, JsonNode[] recorded, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (State(recorded) != State(OfResource()) || (State(recorded) == "Running" && Readies(recorded) != Readies(OfResource())))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < s_limit, $"{resource} has not become {State(recorded)} but {State(OfResource())}.\n{run.Output}");
            await Task.Delay(s_askEvery, TimeProvider.System, cancellationToken);
        }

        JsonNode[] OfResource() => [.. run.Events.Where(e => (string?)e["resource"] == resource)];

        static string? State(JsonNode[] events) => events.Select(e => (string?)e["state"]).LastOrDefault(s => !string.IsNullOrEmpty(s));

        static int Readies(JsonNode[] events) => events.Count(e => (string?)e["event"] == "ResourceReadyEvent");
    }

    private static JsonNode[] Lines(string file) => [.. File.ReadLines(file).Select(l => JsonNode.Parse(l)!)];
}
