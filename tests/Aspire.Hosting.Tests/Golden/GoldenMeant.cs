using System.Text.Json.Nodes;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>Takes meant differences (aspire/README.md, "Where it differs, and why") and what is no concern of the host out of both sides.</summary>
internal static class GoldenMeant
{
    /// <summary>Set for the dashboard here; set by <c>dotnet run</c>, which the official host starts projects with.</summary>
    private static readonly HashSet<string> s_variables = ["DOTNET_TC_CallCountingDelayMs", "DOTNET_ROOT_X64", "MSBUILDFAILONDRIVEENUMERATINGWILDCARD", "_MSBUILDTLENABLED"];

    public static bool IsVariable(string name) => s_variables.Contains(name);

    /// <summary>Braces in users' values are passed on as text; the orchestrator has to be told so.</summary>
    public static string Unescape(string json) => json.Replace("""{{ \"{{\" }}""", "{{", StringComparison.Ordinal);

    /// <summary>Projects start from their build output: what comes after the tool's own arguments stays, and one that aborts ends by a signal.</summary>
    public static void OfObject(JsonObject item)
    {
        (item["spec"]!["env"] as JsonArray)?.RemoveAll(v => IsVariable((string)v!["name"]!));
        (item["annotations"] as JsonObject)?.Remove("slipway-process-ended");
        if (item["annotations"]?["resource-project-args"] is not { } tool)
        {
            return;
        }

        var arguments = item["spec"]!["args"]!.AsArray();
        arguments.RemoveRange(0, JsonNode.Parse((string)tool!)!.AsArray().Count);
        arguments.RemoveAll(a => (string?)a == "--");
        item["annotations"]!["resource-project-args"] = "(tool)";
        var own = JsonNode.Parse((string)item["annotations"]!["resource-app-args"]!)!.AsArray();
        own.RemoveAll(a => (string?)a!["Argument"] == "--");
        item["annotations"]!["resource-app-args"] = string.Join('\n', own.Select(a => $"{a!["Argument"]} {a["IsSensitive"]}"));
        Aborted(item["status"], "exitCode");
    }

    /// <summary>Without the image's or the machine's variables, the arguments of the tool that starts a project, and a container's own command where the model gives none.</summary>
    public static JsonObject OfSnapshot(JsonObject snapshot)
    {
        var result = snapshot.DeepClone().AsObject();
        var properties = result["properties"]!.AsArray();
        var environment = result["environment"]!.AsArray();

        // Where the model gives none, the orchestrator calls the machine's its own.
        var machine = environment.Any(v => (bool)v!["is_from_spec"]! && (string?)v["name"] == "PATH") && (string?)result["resource_type"] != "Container";
        environment.RemoveAll(v => machine || !(bool)v!["is_from_spec"]! || (string?)v["name"] == "PATH" || IsVariable((string)v["name"]!));
        var isProject = (string?)result["resource_type"] == "Project";
        if ((string?)result["resource_type"] == "Container" && Value("container.command") is null)
        {
            properties.RemoveAll(p => (string?)p!["name"] is "container.args" or "resource.appArgs" or "resource.appArgsSensitivity");
        }

        Aborted(isProject ? properties.FirstOrDefault(p => (string?)p!["name"] == "resource.exitCode") : null, "value");

        // A generated value that was not masked in the recording.
        properties.RemoveAll(p => (string?)result["display_name"] == "throwaway" && (string?)p!["name"] == "Value");
        properties.RemoveAll(p => isProject && (string?)p!["name"] == "executable.args");
        if (isProject && Value("resource.appArgs") is JsonArray { Count: > 0 } own && (string?)own[0] == "--")
        {
            own.RemoveAt(0);
            Value("resource.appArgsSensitivity")!.AsArray().RemoveAt(0);
        }

        return result;

        JsonNode? Value(string name) => properties.FirstOrDefault(p => (string?)p!["name"] == name)?["value"];
    }

    private static void Aborted(JsonNode? parent, string exitCode)
    {
        if (parent?[exitCode]?.ToString() == "134")
        {
            parent[exitCode] = parent[exitCode]!.GetValueKind() == System.Text.Json.JsonValueKind.String ? "-1" : -1;
        }
    }
}
