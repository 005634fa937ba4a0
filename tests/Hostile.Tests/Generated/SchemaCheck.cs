using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Slipway.Hostile.Tests.Generated;

/// <summary>Compares a JSON value with a schema of the document: the part of JSON Schema 2020-12 that the document uses, and an error for any other.</summary>
internal sealed class SchemaCheck(JsonElement document)
{
    private const int MaxDepth = 40;

    /// <summary>They say nothing about what is valid.</summary>
    private static readonly HashSet<string> s_annotations = ["description", "title", "examples", "example", "default", "deprecated", "$schema", "readOnly", "writeOnly"];

    /// <returns>Null when it fits; otherwise where it doesn't, and why.</returns>
    public string? Complaint(JsonElement schema, JsonElement value, string path = "$", int depth = 0)
    {
        if (depth > MaxDepth)
            throw new InvalidOperationException($"The schema has no end at {path}.");
        if (schema.ValueKind is JsonValueKind.True)
            return null;
        foreach (var keyword in schema.EnumerateObject().Where(static keyword => !s_annotations.Contains(keyword.Name)))
        {
            if (Complaint(keyword, schema, value, path, depth + 1) is { } complaint)
                return complaint;
        }

        return null;
    }

    /// <summary>Follows <c>$ref</c> within the document.</summary>
    public JsonElement Resolved(JsonElement schema)
    {
        while (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var reference))
            schema = reference.GetString()!.TrimStart('#', '/').Split('/').Aggregate(document, static (at, name) => at.GetProperty(name));
        return schema;
    }

    private string? Complaint(JsonProperty keyword, JsonElement schema, JsonElement value, string path, int depth)
    {
        var rule = keyword.Value;
        return keyword.Name switch
        {
            "$ref" => Complaint(Resolved(schema), value, path, depth),
            "type" => IsOfType(rule, value) ? null : $"{path} is {value.ValueKind}, not {rule}",
            "enum" => rule.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value)) ? null : $"{path} is {value.GetRawText()}, none of {rule}",
            "const" => JsonElement.DeepEquals(rule, value) ? null : $"{path} is {value.GetRawText()}, not {rule}",
            "oneOf" => OneOf(rule, value, path, depth),
            "anyOf" => rule.EnumerateArray().Select(one => Complaint(one, value, path, depth)).Aggregate((string?)"", static (all, one) => all is null || one is null ? null : $"{all}\n{one}"),
            "allOf" => rule.EnumerateArray().Select(one => Complaint(one, value, path, depth)).FirstOrDefault(static complaint => complaint is not null),
            "properties" or "required" or "additionalProperties" => value.ValueKind == JsonValueKind.Object ? OfObject(keyword, schema, value, path, depth) : null,
            "items" or "minItems" or "maxItems" or "uniqueItems" => value.ValueKind == JsonValueKind.Array ? OfArray(keyword, value, path, depth) : null,
            "pattern" or "minLength" or "maxLength" or "format" => value.ValueKind == JsonValueKind.String ? OfText(keyword, value, path)
                : value.ValueKind == JsonValueKind.Number ? OfNumber(keyword, value, path) : null,
            "minimum" or "maximum" => value.ValueKind == JsonValueKind.Number ? OfNumber(keyword, value, path) : null,
            var unknown => throw new NotSupportedException($"The document uses '{unknown}', which this check doesn't know."),
        };
    }

    private static bool IsOfType(JsonElement rule, JsonElement value) => rule.ValueKind == JsonValueKind.Array
        ? rule.EnumerateArray().Any(one => IsOfType(one, value))
        : (rule.GetString(), value.ValueKind) switch
        {
            ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("null", JsonValueKind.Null) => true,
            ("boolean", JsonValueKind.True or JsonValueKind.False) or ("number", JsonValueKind.Number) => true,
            ("integer", JsonValueKind.Number) => value.TryGetInt64(out _),
            _ => false,
        };

    private string? OneOf(JsonElement rule, JsonElement value, string path, int depth)
    {
        var complaints = rule.EnumerateArray().Select(one => Complaint(one, value, path, depth)).ToArray();
        return complaints.Count(static complaint => complaint is null) == 1 ? null : $"{path} doesn't fit exactly one of: {string.Join("; or ", complaints)}";
    }

    private string? OfObject(JsonProperty keyword, JsonElement schema, JsonElement value, string path, int depth)
    {
        switch (keyword.Name)
        {
            case "required":
                return keyword.Value.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{path} lacks {name}").FirstOrDefault();
            case "properties":
                return keyword.Value.EnumerateObject()
                    .Select(property => value.TryGetProperty(property.Name, out var member) ? Complaint(property.Value, member, $"{path}.{property.Name}", depth) : null)
                    .FirstOrDefault(static complaint => complaint is not null);
            default:
                var known = schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().Select(static property => property.Name).ToHashSet() : [];
                return value.EnumerateObject().Where(member => !known.Contains(member.Name))
                    .Select(member => keyword.Value.ValueKind == JsonValueKind.False
                        ? $"{path} has {member.Name}, which it must not"
                        : Complaint(keyword.Value, member.Value, $"{path}.{member.Name}", depth))
                    .FirstOrDefault(static complaint => complaint is not null);
        }
    }

    private string? OfArray(JsonProperty keyword, JsonElement value, string path, int depth) => keyword.Name switch
    {
        "minItems" => value.GetArrayLength() >= keyword.Value.GetInt32() ? null : $"{path} has {value.GetArrayLength()} items, fewer than {keyword.Value}",
        "maxItems" => value.GetArrayLength() <= keyword.Value.GetInt32() ? null : $"{path} has {value.GetArrayLength()} items, more than {keyword.Value}",
        "uniqueItems" => value.EnumerateArray().DistinctBy(static item => item.GetRawText()).Count() == value.GetArrayLength() ? null : $"{path} has an item twice",
        _ => value.EnumerateArray().Select((item, at) => Complaint(keyword.Value, item, $"{path}[{at}]", depth)).FirstOrDefault(static complaint => complaint is not null),
    };

    private static string? OfText(JsonProperty keyword, JsonElement value, string path)
    {
        if (Text(value) is not { } text)
            return $"{path} is no text";
        // Texts of requests are trimmed before they are looked at, as the document says.
        text = text.Trim();
        var fits = keyword.Name switch
        {
            "pattern" => Regex.IsMatch(text, keyword.Value.GetString()!, RegexOptions.ECMAScript, TimeSpan.FromSeconds(1)),
            "minLength" => text.Length >= keyword.Value.GetInt32(),
            "maxLength" => text.Length <= keyword.Value.GetInt32(),
            _ => keyword.Value.GetString() switch
            {
                "uuid" => Guid.TryParseExact(text, "D", out _),
                "date-time" => text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
                var format => throw new NotSupportedException($"The document uses the format '{format}' of texts, which this check doesn't know."),
            },
        };
        return fits ? null : $"{path} is '{(text.Length > 100 ? text[..100] + "…" : text)}', against {keyword.Name} {keyword.Value}";
    }

    private static string? OfNumber(JsonProperty keyword, JsonElement value, string path)
    {
        var fits = keyword.Name switch
        {
            "minimum" => value.GetDouble() >= keyword.Value.GetDouble(),
            "maximum" => value.GetDouble() <= keyword.Value.GetDouble(),
            "format" when keyword.Value.GetString() is "int32" => value.TryGetInt32(out _),
            "format" when keyword.Value.GetString() is "int64" => value.TryGetInt64(out _),
            _ => true,
        };
        return fits ? null : $"{path} is {value.GetRawText()}, against {keyword.Name} {keyword.Value}";
    }

    /// <summary>Null for half a character.</summary>
    private static string? Text(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
