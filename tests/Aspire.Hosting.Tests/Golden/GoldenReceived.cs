using System.Text.Json.Nodes;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>What a process was meant to be told (<c>specEnv</c>) and what it really got: variables, arguments and working folder.</summary>
internal static class GoldenReceived
{
    private static readonly HashSet<string> s_none = [];

    /// <summary>Containers are compared whole elsewhere; here what processes of the host are told.</summary>
    public static IEnumerable<string> Differences(GoldenMatch match, JsonNode recorded, JsonObject[] executables, GoldenAppHost run)
    {
        var instance = (string)recorded["instance"]!;
        var seen = executables.FirstOrDefault(e => match.Text(instance, (string)e["name"]!));
        if ((string?)recorded["kind"] != "Executable" || seen is null)
        {
            return [];
        }

        var pairs = (seen["spec"]!["env"] as JsonArray ?? []).Where(v => !GoldenMeant.IsVariable((string)v!["name"]!))
            .Select(v => (JsonNode)new JsonArray(v!["name"]!.DeepClone(), v["value"]?.DeepClone()));
        var specified = match.Differences($"env: {instance}", recorded["specEnv"], new JsonArray([.. pairs]), s_none);

        // What it received can be asked only of one that runs.
        var isStopped = (bool?)seen["spec"]!["stop"] == true && (string?)seen["status"]?["state"] == "Finished";
        if (isStopped || recorded["received"] is not JsonObject variables)
        {
            return specified;
        }

        var own = variables.Select(v => v.Key).ToHashSet();

        // The dashboard's folder is a link, recorded where it led.
        var folder = (string)recorded["receivedCwd"]! is var recordedFolder && recordedFolder.StartsWith('$') ? recordedFolder : "SESSION";
        var wanted = new JsonObject
        {
            ["variables"] = new JsonObject(variables.Where(v => !GoldenMeant.IsVariable(v.Key)).Select(v => KeyValuePair.Create(v.Key, v.Value?.DeepClone()))),
            ["arguments"] = (recorded["receivedArgs"] ?? recorded["receivedCommandLine"])?.DeepClone(),
            ["folder"] = folder,
        };
        return [.. specified, .. match.Differences($"received: {instance}", wanted, Received(), s_none)];

        // What the AppHost has itself was left out of the recording, unless the model gives it too.
        JsonObject? Received()
        {
            var received = Of(run, (string)recorded["resource"]!, seen["status"]?["pid"]?.ToString());
            foreach (var name in (received?["variables"] as JsonObject ?? []).Where(v => !own.Contains(v.Key) && run.Environment.TryGetValue(v.Key, out var inherited) && inherited == (string?)v.Value).Select(v => v.Key).ToArray())
            {
                received!["variables"]!.AsObject().Remove(name);
            }

            return received;
        }
    }

    /// <summary>What the dummy wrote, else what the system knows of the process; null: neither, so far.</summary>
    private static JsonObject? Of(GoldenAppHost run, string resource, string? pid)
    {
        // A process that was started by `dotnet run` has another number than the orchestrator knows.
        var dump = Directory.EnumerateFiles(run.Dumps, $"*.{pid}.json").Concat(Directory.EnumerateFiles(run.Dumps, $"{resource}.*.json")).FirstOrDefault();
        try
        {
            if (dump is not null)
            {
                var text = JsonNode.Parse(File.ReadAllText(dump))!;
                return Result(text["env"]!.AsObject().Select(v => (v.Key, (string?)v.Value)), text["args"], (string)text["cwd"]!);
            }

            var process = $"/proc/{pid}";
            var variables = Strings("environ").Select(v => v.Split('=', 2)).Select(v => (v[0], (string?)v[^1]));
            return Result(variables, new JsonArray([.. Strings("cmdline").Select(a => (JsonNode)a)]), File.ResolveLinkTarget($"{process}/cwd", false)!.FullName);

            string[] Strings(string name) => File.ReadAllText($"{process}/{name}").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            return null;
        }

        JsonObject Result(IEnumerable<(string Name, string? Value)> variables, JsonNode? arguments, string folder) => new()
        {
            ["variables"] = new JsonObject(variables.Where(v => !GoldenMeant.IsVariable(v.Name)).Select(v => KeyValuePair.Create(v.Name, (JsonNode?)v.Value))),
            ["arguments"] = arguments?.DeepClone(),
            ["folder"] = folder,
        };
    }
}
