using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>Replaces what differs from run to run by the words of the recordings: suffixes, chosen ports, secrets, folders.</summary>
internal sealed partial class GoldenMask
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly List<(Regex Pattern, string Word)> _words = [];

    /// <param name="objects">Executables and containers of the run.</param>
    /// <param name="services">Services of the run.</param>
    public GoldenMask(GoldenProgram program, string bundle, IEnumerable<JsonNode> objects, IEnumerable<JsonNode> services)
    {
        Add(Regex.Escape(program.Apps), "$ROOT");
        Add(Regex.Escape(bundle), "$BUNDLE");
        foreach (var item in objects)
        {
            var resource = Annotation(item, "resource-name")!;
            var name = item["metadata"]!["name"]!.GetValue<string>();
            if (name.StartsWith(resource + "-", StringComparison.Ordinal))
            {
                Add($@"\b{name[(resource.Length + 1)..]}\b", $"SFX.{resource}.{Annotation(item, "resource-replica-index") ?? "0"}");
            }

            foreach (var variable in item["spec"]!["env"]?.AsArray() ?? [])
            {
                AddSecret(variable!["name"]!.GetValue<string>(), variable["value"]?.GetValue<string>());
            }
        }

        foreach (var service in services.Where(s => s["spec"]!["port"] is null && s["status"]?["effectivePort"] is not null))
        {
            Add($@"\b{service["status"]!["effectivePort"]}\b", $"PORT.{service["metadata"]!["name"]}");
        }
    }

    /// <summary>Suffixes of resources that the orchestrator has no object for.</summary>
    /// <param name="resources">By display name; one instance each.</param>
    public void AddNames(IEnumerable<KeyValuePair<string, JsonNode>> resources)
    {
        foreach (var (display, resource) in resources)
        {
            var name = resource["name"]!.GetValue<string>();
            if (name.StartsWith(display + "-", StringComparison.Ordinal))
            {
                Add($@"\b{name[(display.Length + 1)..]}\b", $"SFX.{display}.0");
            }
        }
    }

    /// <summary>Ports on which the processes themselves listen.</summary>
    public void AddTargetPorts(IEnumerable<JsonNode> endpoints, IEnumerable<JsonNode> owners)
    {
        var replicas = owners.ToDictionary(o => o["metadata"]!["name"]!.GetValue<string>(), o => Annotation(o, "resource-replica-index") ?? "0");
        foreach (var endpoint in endpoints)
        {
            var owner = endpoint["metadata"]!["ownerReferences"]![0]!["name"]!.GetValue<string>();
            var port = endpoint["spec"]!["port"]!.ToString();
            var producer = owners.Single(o => o["metadata"]!["name"]!.GetValue<string>() == owner)["metadata"]!["annotations"]!["service-producer"]!.GetValue<string>();
            if (!producer.Contains($"\"port\":{port}", StringComparison.Ordinal))
            {
                Add($@"\b{port}\b", $"TPORT.{endpoint["spec"]!["serviceName"]}.{replicas[owner]}");
            }
        }

        foreach (var owner in owners)
        {
            AddPortsOfEnded(owner, replicas[owner["metadata"]!["name"]!.GetValue<string>()]);
        }
    }

    /// <summary>The endpoint goes with the process; its variables still tell the port.</summary>
    private void AddPortsOfEnded(JsonNode owner, string replica)
    {
        var effective = owner["status"]?["effectiveEnv"]?.AsArray().ToDictionary(e => e!["name"]!.GetValue<string>(), e => e!["value"]?.GetValue<string>()) ?? [];
        foreach (var variable in owner["spec"]!["env"]?.AsArray() ?? [])
        {
            if (variable!["value"] is { } value
                && PortTemplate().Match(value.GetValue<string>()) is { Success: true } template
                && effective.TryGetValue(variable["name"]!.GetValue<string>(), out var port)
                && port is not null)
            {
                Add($@"\b{port}\b", $"TPORT.{template.Groups[1].Value}.{replica}");
            }
        }
    }

    [GeneratedRegex("^\\{\\{- portForServing \"([^\"]+)\" -\\}\\}$")]
    private static partial Regex PortTemplate();

    /// <summary>Name, annotations, specification and state of an object, as text with sorted keys.</summary>
    public string Actual(JsonNode item) => Apply(Canonical(Shape(item, item["metadata"]!["name"]!, item["metadata"]!["annotations"], item["status"]?["state"])));

    /// <summary>The same of a recorded object.</summary>
    public static string Recorded(JsonNode item) => Canonical(Shape(item, item["name"]!, item["annotations"], item["statusAtLastPoll"]?["state"]));

    /// <summary>Braces in users' values are escaped here and executed by the official host.</summary>
    private static string Unescape(string text) => text.Replace("""{{ \"{{\" }}""", "{{", StringComparison.Ordinal);

    public string Apply(string text) => _words.Aggregate(Unescape(text), (masked, word) => word.Pattern.Replace(masked, word.Word.Replace("$", "$$", StringComparison.Ordinal)));

    private static JsonObject Shape(JsonNode item, JsonNode name, JsonNode? annotations, JsonNode? state)
    {
        var shape = new JsonObject
        {
            ["kind"] = item["kind"]!.DeepClone(),
            ["name"] = name.DeepClone(),
            ["annotations"] = annotations?.DeepClone(),
            ["spec"] = item["spec"]!.DeepClone(),
            ["state"] = state?.DeepClone(),
        };
        StartProjectsDirectly(shape);
        return shape;
    }

    /// <summary>The stand-in starts the built assembly instead of <c>dotnet run</c>; on both sides this becomes one word.</summary>
    private static void StartProjectsDirectly(JsonObject shape)
    {
        if (shape["annotations"]?["resource-project-args"] is not { } tool)
        {
            return;
        }

        var count = JsonNode.Parse(tool.GetValue<string>())!.AsArray().Count;
        var arguments = shape["spec"]!["args"]!.AsArray();
        for (var i = 0; i < count; i++)
        {
            arguments.RemoveAt(0);
        }

        if (arguments is [var separator, ..] && separator?.GetValue<string>() == "--")
        {
            arguments.RemoveAt(0);
        }

        shape["annotations"]!["resource-project-args"] = "(tool)";
        var own = JsonNode.Parse(shape["annotations"]!["resource-app-args"]!.GetValue<string>())!.AsArray();
        shape["annotations"]!["resource-app-args"] = string.Join(' ', own.Where(a => a!["Argument"]!.GetValue<string>() != "--").Select(a => $"{a!["Argument"]}:{a["IsSensitive"]}"));
    }

    private static string Canonical(JsonNode node) => Sort(node)!.ToJsonString(s_indented);

    /// <summary>Masked numbers are texts in the recordings, so all numbers become texts.</summary>
    private static JsonNode? Sort(JsonNode? node) => node switch
    {
        JsonObject item => new JsonObject(item.Where(p => p.Value is not null).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sort(p.Value)))),
        JsonArray array => new JsonArray([.. array.Select(Sort)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => JsonValue.Create(value.ToString()),
        _ => node?.DeepClone(),
    };

    private static string? Annotation(JsonNode item, string name) => item["metadata"]!["annotations"]?[name]?.GetValue<string>();

    private void AddSecret(string name, string? value)
    {
        var word = name switch
        {
            "DASHBOARD__OTLP__PRIMARYAPIKEY" => "SECRET.otlp-api-key",
            "DASHBOARD__API__PRIMARYAPIKEY" => "SECRET.dashboard-api-key",
            _ => null,
        };
        if (word is not null && value is { Length: > 8 })
        {
            Add(Regex.Escape(value), word);
        }
    }

    private void Add(string pattern, string word) => _words.Add((new Regex(pattern), word));
}
