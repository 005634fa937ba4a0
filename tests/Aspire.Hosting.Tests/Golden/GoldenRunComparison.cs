using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>What was recorded of a run beside what a run shows now.</summary>
/// <param name="folder">Folder of the recording: the program's own, or one below it such as <c>second</c>.</param>
/// <param name="containerOutput">Resources whose health depends on what the recording's images could not do: their reports are not compared.</param>
internal sealed partial class GoldenRunComparison(GoldenProgram program, string folder, params string[] containerOutput)
{
    private const int FirstRecordedPort = 18888;
    private const string RecordedPersistentPort = "32555";

    private static readonly string[] s_containerSide = ["containers", "services", "containernetworks", "endpoints"];

    /// <summary>Chosen by the engine or by the orchestrator, or an error text of the engine's client.</summary>
    private static readonly HashSet<string> s_ignoredInObjects =
        [".status.lifecycleKey", ".status.subnets", ".status.gateways", ".status.message", ".name", ".status.proxylessEndpointName"];

    /// <summary>False where the recorded run restarted things: of objects that came and went it holds the last version of each.</summary>
    public bool ComparesEndpoints { get; init; } = true;

    /// <summary>Compares everything; ask again while a run is on its way.</summary>
    /// <returns>A line for each difference.</returns>
    public async Task<IReadOnlyList<string>> DifferencesAsync(GoldenAppHost run, CancellationToken cancellationToken)
    {
        var match = new GoldenMatch { ["$ROOT"] = program.Apps, ["$RUNS"] = Path.GetFullPath(Path.Combine(program.Apps, "..", "run")) };
        var executables = await run.ObjectsAsync("executables", cancellationToken);
        var differences = new List<string>();
        foreach (var recorded in Recorded("dcp/executables.json", run))
        {
            if (Partner(match, recorded!, executables) is null)
            {
                differences.Add($"executables: {recorded!["name"]} is missing");
            }
        }

        foreach (var kind in s_containerSide.Where(k => ComparesEndpoints || k != "endpoints"))
        {
            differences.AddRange(Compare(match, kind, Recorded($"dcp/{kind}.json", run), await run.ObjectsAsync(kind, cancellationToken)));
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "env")))
        {
            differences.AddRange(CompareEnvironment(match, JsonNode.Parse(Prepared(File.ReadAllText(file), run))!, executables));
        }

        return differences.Count > 0 ? differences : [.. CompareSnapshots(match, run)];
    }

    private static IEnumerable<string> Compare(GoldenMatch match, string kind, JsonArray recorded, JsonObject[] seen)
    {
        var left = seen.ToList();
        foreach (var wanted in recorded)
        {
            var got = Partner(match, wanted!, left);
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
            foreach (var difference in match.Differences($"{kind}: {wanted["name"]}", expected, actual, s_ignoredInObjects))
            {
                yield return difference;
            }
        }

        foreach (var surplus in left)
        {
            yield return $"{kind}: {surplus["name"]} was not recorded";
        }
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

    /// <summary>Containers are compared whole elsewhere; here what processes of the host are told about them.</summary>
    private static IEnumerable<string> CompareEnvironment(GoldenMatch match, JsonNode recorded, JsonObject[] executables)
    {
        var instance = (string)recorded["instance"]!;
        var seen = executables.FirstOrDefault(e => match.Text(instance, (string)e["name"]!));
        if ((string?)recorded["kind"] != "Executable" || seen is null)
        {
            return [];
        }

        var pairs = (seen["spec"]!["env"] as JsonArray ?? []).Select(v => (JsonNode)new JsonArray(v!["name"]!.DeepClone(), v["value"]?.DeepClone()));
        return match.Differences($"env: {instance}", recorded["specEnv"], new JsonArray([.. pairs]), new HashSet<string>());
    }

    private IEnumerable<string> CompareSnapshots(GoldenMatch match, GoldenAppHost run)
    {
        var recorded = File.ReadLines(Path.Combine(folder, "snapshots.jsonl")).Select(l => JsonNode.Parse(Prepared(l, run))!)
            .Where(l => (string?)l["kind"] is "initial" or "upsert").Select(l => l["data"]!.AsObject()).ToArray();
        var messages = run.Messages;
        foreach (var resource in recorded.GroupBy(m => (string)m["name"]!))
        {
            var seen = messages.Where(m => match.Text(resource.Key, (string)m["name"]!)).ToArray();
            if (seen.Length == 0)
            {
                yield return $"snapshots: {resource.Key} is missing";
            }
            else if ((string?)resource.Last()["resource_type"] is not ("Executable" or "Project" or "Parameter"))
            {
                foreach (var difference in match.Differences($"snapshots: {resource.Key}", OfTheHost(resource.Last()), OfTheHost(seen[^1]), new HashSet<string>()).Where(d => !IsContainerOutput(resource.Key, d)))
                {
                    yield return difference;
                }

                if (States(resource) is var expected && States(seen) is var actual && !IsSeenOf(actual, expected))
                {
                    yield return $"snapshots: {resource.Key} states\n    recorded {string.Join(" → ", expected)}\n    seen     {string.Join(" → ", actual)}";
                }
            }
        }
    }

    private bool IsContainerOutput(string resource, string difference) =>
        containerOutput.Any(c => resource == c || resource.StartsWith(c + "-SFX", StringComparison.Ordinal))
        && (difference.Contains(".health_reports", StringComparison.Ordinal) || difference.Contains(".value\n    recorded \"Unhealthy\"", StringComparison.Ordinal));

    /// <summary>Without what comes from the image: its variables, and its own command where the model gives none.</summary>
    private static JsonObject OfTheHost(JsonObject snapshot)
    {
        var result = snapshot.DeepClone().AsObject();
        Drop("environment", v => !(bool)v["is_from_spec"]! || (string?)v["name"] == "PATH");
        if (Property("container.command") is null)
        {
            Drop("properties", p => (string?)p["name"] is "container.args" or "resource.appArgs" or "resource.appArgsSensitivity");
        }

        return result;

        JsonNode? Property(string name) => result["properties"]!.AsArray().FirstOrDefault(p => (string?)p!["name"] == name)?["value"];

        void Drop(string list, Func<JsonNode, bool> which) => result[list]!.AsArray().RemoveAll(n => which(n!));
    }

    /// <summary>The orchestrator reports no state for a moment, seen or not seen by chance.</summary>
    private static List<string> States(IEnumerable<JsonObject> messages)
    {
        var states = new List<string>();
        foreach (var state in messages.Select(m => (string?)m["state"]).OfType<string>().Where(s => s.Length > 0))
        {
            if (states.LastOrDefault() != state)
            {
                states.Add(state);
            }
        }

        return states;
    }

    /// <summary>The same order and the same end; a state that lasted a moment may be missing, because the stand-in sends bursts as one.</summary>
    private static bool IsSeenOf(List<string> seen, List<string> recorded)
    {
        var next = 0;
        foreach (var state in recorded)
        {
            next += next < seen.Count && seen[next] == state ? 1 : 0;
        }

        return next == seen.Count && seen.LastOrDefault() == recorded.LastOrDefault();
    }

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
