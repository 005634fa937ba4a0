using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>What was recorded of a run beside what a run shows now.</summary>
/// <param name="folder">Folder of the recording: the program's own, or one below it such as <c>second</c>.</param>
/// <param name="unsureHealth">Resources whose health depends on what the recording's images could not do, or on when they end: their reports are not compared.</param>
internal sealed partial class GoldenRunComparison(GoldenProgram program, string folder, params string[] unsureHealth)
{
    private const int FirstRecordedPort = 18888;
    private const string RecordedPersistentPort = "32555";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan s_askEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Executables first: their names hold the suffixes that all others refer to, and ports are known by their services from then on.</summary>
    private static readonly string[] s_kinds = ["services", "executables", "containers", "containernetworks", "endpoints"];

    /// <summary>Chosen by the engine or by the orchestrator, or an error text of the engine's client.</summary>
    private static readonly HashSet<string> s_ignoredInObjects =
        [".status.lifecycleKey", ".status.subnets", ".status.gateways", ".status.message", ".name", ".status.proxylessEndpointName"];

    private static readonly HashSet<string> s_none = [];

    /// <summary>Waits until the run has come as far as the recorded one; fails with what still differs at the limit.</summary>
    public async Task AssertSameAsync(GoldenAppHost run, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var differences = await DifferencesAsync(run, cancellationToken);
        while (differences.Count > 0 && TimeProvider.System.GetElapsedTime(start) < s_limit)
        {
            await Task.Delay(s_askEvery, TimeProvider.System, cancellationToken);
            differences = await DifferencesAsync(run, cancellationToken);
        }

        Assert.True(differences.Count == 0, $"{string.Join('\n', differences)}\n{run.Output}");
    }

    /// <returns>A line for each difference.</returns>
    private async Task<IReadOnlyList<string>> DifferencesAsync(GoldenAppHost run, CancellationToken cancellationToken)
    {
        var match = new GoldenMatch { ["$ROOT"] = program.Apps, ["$RUNS"] = Path.GetFullPath(Path.Combine(program.Apps, "..", "run")) };
        var executables = await run.ObjectsAsync("executables", cancellationToken);
        JsonObject[] workloads = [.. executables, .. await run.ObjectsAsync("containers", cancellationToken)];
        var differences = new List<string>();
        foreach (var recorded in Recorded("dcp/executables.json", run).Where(r => Partner(match, r!, executables) is null))
        {
            differences.Add($"executables: {recorded!["name"]} is missing");
        }

        foreach (var kind in s_kinds.Where(k => File.Exists(Path.Combine(folder, "dcp", $"{k}.json"))))
        {
            differences.AddRange(Compare(match, kind, Recorded($"dcp/{kind}.json", run), await run.ObjectsAsync(kind, cancellationToken), workloads));
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "env")))
        {
            differences.AddRange(GoldenReceived.Differences(match, JsonNode.Parse(Prepared(File.ReadAllText(file), run))!, executables, run));
        }

        differences.AddRange(new GoldenEvents(folder, text => Prepared(text, run), unsureHealth).Differences(match, run.Events));
        return [.. differences, .. CompareSnapshots(match, run)];
    }

    /// <param name="workloads">An endpoint goes with its process or container; the recording holds those of earlier ones too.</param>
    private static IEnumerable<string> Compare(GoldenMatch match, string kind, JsonArray recorded, JsonObject[] seen, JsonObject[] workloads)
    {
        var left = seen.ToList();
        foreach (var wanted in recorded)
        {
            var got = Partner(match, wanted!, left);
            if (got is null && kind == "endpoints" && (IsEarlier(wanted!) || HasEnded(wanted!)))
            {
                continue;
            }

            if (got is null)
            {
                yield return $"{kind}: {wanted!["name"]} is missing";
                continue;
            }

            left.Remove(got);

            // Of the status the recording has a part.
            var status = wanted!["statusAtLastPoll"] as JsonObject ?? [];
            var expected = wanted.DeepClone().AsObject();
            expected.Remove("statusAtLastPoll");
            expected["status"] = status.DeepClone();
            var actual = got.DeepClone().AsObject();
            actual["status"] = new JsonObject((got["status"] as JsonObject ?? []).Where(m => status.ContainsKey(m.Key)).Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone())));
            GoldenMeant.OfObject(expected);
            GoldenMeant.OfObject(actual);
            foreach (var difference in match.Differences($"{kind}: {wanted["name"]}", expected, actual, s_ignoredInObjects))
            {
                yield return difference;
            }
        }

        foreach (var surplus in left)
        {
            yield return $"{kind}: {surplus["name"]} was not recorded";
        }

        bool HasEnded(JsonNode endpoint) => workloads.Any(w =>
            match.Text((string)endpoint["ownerReferences"]![0]!["name"]!, (string)w["name"]!) && (string?)w["status"]?["state"] is "Finished" or "Exited");

        // Of a workload that was started again.
        bool IsEarlier(JsonNode endpoint) => recorded.Count(r => JsonNode.DeepEquals(r!["spec"], endpoint["spec"])) > seen.Count(s => (string?)s["spec"]!["serviceName"] == (string?)endpoint["spec"]!["serviceName"])
            && seen.Any(s => (string?)s["spec"]!["serviceName"] == (string?)endpoint["spec"]!["serviceName"]);
    }

    /// <summary>The object that the recorded one is about. Names of endpoints end in a hash: their owner and their service tell them apart.</summary>
    private static JsonObject? Partner(GoldenMatch match, JsonNode recorded, IReadOnlyCollection<JsonObject> seen)
    {
        if ((string?)recorded["kind"] == "Endpoint")
        {
            return seen.FirstOrDefault(s => (string?)s["spec"]?["serviceName"] == (string?)recorded["spec"]?["serviceName"]
                && match.Text((string)recorded["ownerReferences"]![0]!["name"]!, (string)s["ownerReferences"]![0]!["name"]!));
        }

        const string replica = "resource-replica-index";
        return seen.FirstOrDefault(s => (string?)s["annotations"]?[replica] == (string?)recorded["annotations"]?[replica]
            && match.Text((string)recorded["name"]!, (string)s["name"]!));
    }

    private IEnumerable<string> CompareSnapshots(GoldenMatch match, GoldenAppHost run)
    {
        var file = Path.Combine(folder, "snapshots.jsonl");
        var recorded = (File.Exists(file) ? File.ReadLines(file) : []).Select(l => JsonNode.Parse(Prepared(l, run))!)
            .Where(l => (string?)l["kind"] is "initial" or "upsert").Select(l => l["data"]!.AsObject())
            .GroupBy(m => (string)m["name"]!);
        var messages = run.Messages;
        foreach (var resource in recorded)
        {
            if (messages.LastOrDefault(m => match.Text(resource.Key, (string)m["name"]!)) is not { } seen)
            {
                yield return $"snapshots: {resource.Key} is missing";
                continue;
            }

            var differences = match.Differences($"snapshots: {resource.Key}", GoldenMeant.OfSnapshot(resource.Last()), GoldenMeant.OfSnapshot(seen), s_none);
            foreach (var difference in differences.Where(d => !IsUnsureHealth(resource.Key, d)))
            {
                yield return difference;
            }
        }
    }

    private bool IsUnsureHealth(string resource, string difference) =>
        unsureHealth.Any(c => resource == c || resource.StartsWith(c + "-SFX", StringComparison.Ordinal))
        && (difference.Contains(".health_reports", StringComparison.Ordinal) || difference.Contains(".value\n    recorded \"Unhealthy\"", StringComparison.Ordinal));

    private JsonArray Recorded(string file, GoldenAppHost run) => JsonNode.Parse(Prepared(File.ReadAllText(Path.Combine(folder, file)), run))!.AsArray();

    /// <summary>Puts in what differs from the recording for a known reason: ports of the AppHost, and hashes of the project's path.</summary>
    private string Prepared(string text, GoldenAppHost run)
    {
        var project = Directory.EnumerateFiles(program.Folder, "*.AppHost.csproj").Single();
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(project.ToLowerInvariant())));
        for (var i = 0; i < run.Ports.Length; i++)
        {
            text = text.Replace($"{FirstRecordedPort + i}", $"{run.Ports[i]}", StringComparison.Ordinal);
        }

        // The port of a persistent container is random and stands in the recording as it is.
        text = text.Replace($": {RecordedPersistentPort}", ": \"PORT.persistent\"", StringComparison.Ordinal).Replace(RecordedPersistentPort, "PORT.persistent", StringComparison.Ordinal);
        text = VolumeHash().Replace(text, $".apphost-{hash[..10]}-");
        text = PersistentHash().Replace(text, m => m.Groups[1].Value + hash[..8] + m.Groups[2].Value);
        return BuildTag().Replace(text, ":HEX40");
    }

    [GeneratedRegex(@"\.apphost-[0-9a-f]{10}-")]
    private static partial Regex VolumeHash();

    [GeneratedRegex(@"(aspire-persistent-network-|""keep-|""pg3-)[0-9a-f]{8}(\b)")]
    private static partial Regex PersistentHash();

    [GeneratedRegex(":[0-9a-f]{40}")]
    private static partial Regex BuildTag();
}
