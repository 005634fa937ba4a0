using System.Text.Json;
using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Publishing;

/// <summary>Checks a manifest against <c>aspire-8.0.json</c>; knows the draft-07 keywords that this schema uses and refuses others.</summary>
internal sealed class ManifestSchema(JsonElement root)
{
    private static readonly string[] s_remarks = ["description", "$schema", "$id", "definitions"];

    /// <summary>One line per violation with its place; skips the test when the schema is not on this machine.</summary>
    public static IReadOnlyList<string> Violations(string manifest)
    {
        if (GoldenData.ManifestSchema is not { } path)
        {
            Assert.Skip("The manifest's schema is not beside this repository (../shared/data/schema).");
            return [];
        }

        using var schema = JsonDocument.Parse(File.ReadAllText(path));
        using var document = JsonDocument.Parse(manifest);
        return [.. new ManifestSchema(schema.RootElement).Check(schema.RootElement, document.RootElement, "$")];
    }

    private IEnumerable<string> Check(JsonElement schema, JsonElement value, string place)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return schema.ValueKind == JsonValueKind.True ? [] : [$"{place}: not allowed"];
        }

        return schema.EnumerateObject().SelectMany(keyword => CheckKeyword(schema, keyword, value, place));
    }

    private IEnumerable<string> CheckKeyword(JsonElement schema, JsonProperty keyword, JsonElement value, string place)
    {
        switch (keyword.Name)
        {
            case "$ref":
                return Check(Resolve(keyword.Value.GetString()!), value, place);
            case "type":
                return Types(keyword.Value).Any(t => HasType(value, t)) ? [] : [$"{place}: is {value.ValueKind}, not {keyword.Value}"];
            case "const":
                return JsonElement.DeepEquals(keyword.Value, value) ? [] : [$"{place}: is {value}, not {keyword.Value}"];
            case "enum":
                return keyword.Value.EnumerateArray().Any(e => JsonElement.DeepEquals(e, value)) ? [] : [$"{place}: {value} is none of {keyword.Value}"];
            case "required":
                return keyword.Value.EnumerateArray().Select(n => n.GetString()!)
                    .Where(n => value.ValueKind == JsonValueKind.Object && !value.TryGetProperty(n, out _)).Select(n => $"{place}: lacks {n}");
            case "properties":
                return Members(value).Where(m => keyword.Value.TryGetProperty(m.Name, out _))
                    .SelectMany(m => Check(keyword.Value.GetProperty(m.Name), m.Value, $"{place}.{m.Name}"));
            case "additionalProperties":
                return Members(value).Where(m => !schema.TryGetProperty("properties", out var known) || !known.TryGetProperty(m.Name, out _))
                    .SelectMany(m => Check(keyword.Value, m.Value, $"{place}.{m.Name}"));
            case "items":
                return value.ValueKind == JsonValueKind.Array
                    ? value.EnumerateArray().SelectMany((item, i) => Check(keyword.Value, item, $"{place}[{i}]"))
                    : [];
            case "oneOf":
                return CheckOneOf(keyword.Value, value, place);
            case "not":
                return Check(keyword.Value, value, place).Any() ? [] : [$"{place}: is what it must not be"];
            default:
                return s_remarks.Contains(keyword.Name) ? [] : throw new NotSupportedException($"The schema's keyword '{keyword.Name}' is not known here.");
        }
    }

    /// <summary>When none fits, the complaints of the alternative that is nearest: of the same type, with the fewest.</summary>
    private string[] CheckOneOf(JsonElement alternatives, JsonElement value, string place)
    {
        var results = alternatives.EnumerateArray().Select(a => Check(a, value, place).ToArray()).ToArray();
        return results.Count(r => r.Length == 0) switch
        {
            1 => [],
            0 => results.MinBy(r => (r.Any(v => v.StartsWith($"{place}.type:", StringComparison.Ordinal)), r.Length))!,
            var count => [$"{place}: fits {count} alternatives"],
        };
    }

    private JsonElement Resolve(string reference) =>
        reference.TrimStart('#', '/').Split('/').Aggregate(root, (element, name) => element.GetProperty(name));

    private static JsonElement.ObjectEnumerator Members(JsonElement value) => value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : default;

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!) : [type.GetString()!];

    private static bool HasType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new NotSupportedException($"The schema's type '{type}' is not known here."),
    };
}
