using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Slipway.Api.Tests;

namespace Slipway.Hostile.Tests.Generated;

/// <summary>What is there to be asked for.</summary>
/// <param name="Cursors">By the list's path: the cursor of its second page.</param>
internal sealed record KnownThings(
    IReadOnlyList<string> Applications, IReadOnlyList<string> Versions, IReadOnlyList<string> Releases, IReadOnlyList<string> Prefixes,
    IReadOnlyDictionary<string, string> Cursors);

/// <summary>Requests that the document allows, made from it.</summary>
internal sealed class ValidRequests(ApiDescription description, KnownThings known, TimeProvider clock)
{
    private const string NameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A generator for each pattern of the document: a new one has to be taught here.</summary>
    private static readonly Dictionary<string, Gen<string>> s_patterns = new()
    {
        ["^[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"] = Of(NameCharacters, 12, 40).Select(static name => $"h-{name}"),
        ["^[A-Za-z0-9][A-Za-z0-9.+_-]*$"] = Of(NameCharacters, 10, 30).Select(static version => $"1.{version}+_-"),
        ["^sha256:[0-9a-f]{64}$"] = Of("0123456789abcdef", 64, 64).Select(static digest => $"sha256:{digest}"),
        ["^\"([ !#-\\[\\]-~]|\\\\[\"\\\\])+\"$"] = Of(NameCharacters, 16, 40).Select(static key => $"\"{key} \\\\ \\\"\""),
    };

    /// <summary>Of any operation.</summary>
    public Gen<(Operation Operation, RawRequest Request)> All() =>
        from operation in Gen.Elements<Operation>(description.Operations)
        from target in Target(operation)
        from body in operation.Body is { } schema ? Value(schema).Select(static value => (string?)value.ToString()) : Gen.Constant((string?)null)
        from headers in Headers(operation)
        from framing in Gen.Elements(Framing.Length, Framing.Length, Framing.Chunked)
        select (operation, new RawRequest(operation.Method, target, headers, body) { Framing = body is null ? Framing.Length : framing });

    /// <summary>A JSON value that a schema allows.</summary>
    public Gen<JsonText> Value(JsonElement given)
    {
        var schema = description.Schemas.Resolved(given);
        if (schema.TryGetProperty("enum", out var choices))
            return Gen.Elements(choices.EnumerateArray().Select(JsonText.Of));
        if (schema.TryGetProperty("oneOf", out var alternatives))
            return Gen.OneOf(alternatives.EnumerateArray().Select(Value));
        var type = schema.GetProperty("type");
        var types = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(static one => one.GetString()!).ToArray() : [type.GetString()!];
        var value = types.Single(static one => one != "null") switch
        {
            "object" => Object(schema),
            "array" => Array(schema),
            "integer" => Integer(schema),
            "string" => Text(schema).Select(JsonText.String),
            var other => throw new NotSupportedException($"The document uses the type '{other}', which the generator doesn't know."),
        };
        return types.Contains("null") ? Gen.Frequency((4, value), (1, Gen.Constant<JsonText>(new JsonText.Raw("null")))) : value;
    }

    private static Gen<string> Of(string characters, int min, int max) =>
        from length in Gen.Choose(min, max)
        from text in Gen.ArrayOf(Gen.Elements<char>(characters.ToCharArray()), length)
        select new string(text);

    private Gen<JsonText> Object(JsonElement schema)
    {
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(static name => name.GetString()!).ToHashSet() : [];
        var members = schema.GetProperty("properties").EnumerateObject().Select(property =>
            from isThere in required.Contains(property.Name) ? Gen.Constant(true) : Gen.Elements(true, false)
            from value in Value(property.Value)
            select (IsThere: isThere, Member: new JsonText.Member(JsonText.Quoted(property.Name), value)));
        return Gen.CollectToArray(members).Select(static all => (JsonText)new JsonText.Obj([.. all.Where(static one => one.IsThere).Select(static one => one.Member)]));
    }

    private Gen<JsonText> Array(JsonElement schema)
    {
        var items = schema.GetProperty("items");
        if (schema.TryGetProperty("uniqueItems", out var unique) && unique.GetBoolean())
        {
            var all = description.Schemas.Resolved(items).GetProperty("enum").EnumerateArray().Select(JsonText.Of).ToArray();
            return from mixed in Gen.Shuffle(all)
                   from count in Gen.Choose(1, all.Length)
                   select (JsonText)new JsonText.Arr([.. mixed.Take(count)]);
        }

        var (min, max) = (schema.GetProperty("minItems").GetInt32(), schema.GetProperty("maxItems").GetInt32());
        return from count in Gen.Choose(min, Math.Min(max, 3))
               from chosen in Gen.ArrayOf(Value(items), count)
               select (JsonText)new JsonText.Arr(chosen);
    }

    private static Gen<JsonText> Integer(JsonElement schema) => Gen.Choose(schema.GetProperty("minimum").GetInt32(), schema.GetProperty("maximum").GetInt32())
        .Select(static number => (JsonText)new JsonText.Raw(number.ToString(CultureInfo.InvariantCulture)));

    private Gen<string> Text(JsonElement schema)
    {
        if (schema.TryGetProperty("pattern", out var pattern))
            return s_patterns[pattern.GetString()!];
        if (schema.TryGetProperty("format", out var format))
        {
            return format.GetString() switch
            {
                "uuid" => Gen.Elements<string>(known.Releases),
                // In the future, but not by more than what bounds the life of a rotated key.
                "date-time" => Gen.Choose(60, 6 * 24 * 60).Select(minutes => clock.GetUtcNow().AddMinutes(minutes).ToString("yyyy-MM-ddTHH:mm:ss.ffzzz", CultureInfo.InvariantCulture)),
                var other => throw new NotSupportedException($"The document uses the format '{other}', which the generator doesn't know."),
            };
        }

        return Of("abc XYZ-äß漢字\\\"/<>&'", 1, Math.Min(60, schema.GetProperty("maxLength").GetInt32() - 2)).Select(static text => $"a{text}z");
    }

    private Gen<string> Target(Operation operation)
    {
        var parts = operation.Parameters.Where(static parameter => parameter.In != "header").Select(parameter =>
            from isThere in parameter.In == "path" ? Gen.Constant(true) : Gen.Elements(true, false)
            from value in Parameter(operation, parameter)
            select (Parameter: parameter, Value: isThere ? Uri.EscapeDataString(value) : null));
        return Gen.CollectToArray(parts).Select(values =>
        {
            var path = values.Where(static value => value.Parameter.In == "path")
                .Aggregate(operation.Path, static (at, value) => at.Replace($"{{{value.Parameter.Name}}}", value.Value, StringComparison.Ordinal));
            var query = string.Join('&', values.Where(static value => value.Parameter.In == "query" && value.Value is not null).Select(static value => $"{value.Parameter.Name}={value.Value}"));
            return query == "" ? path : $"{path}?{query}";
        });
    }

    private Gen<string> Parameter(Operation operation, Parameter parameter) => parameter.Name switch
    {
        "name" or "application" => Gen.Elements<string>(known.Applications),
        "version" => Gen.Elements<string>(known.Versions),
        "id" or "subject" => Gen.Elements<string>(known.Releases),
        "prefix" => Gen.Elements<string>(known.Prefixes),
        "limit" => Gen.Choose(parameter.Schema.GetProperty("minimum").GetInt32(), parameter.Schema.GetProperty("maximum").GetInt32())
            .Select(static limit => limit.ToString(CultureInfo.InvariantCulture)),
        "cursor" => Gen.Elements(known.Cursors[operation.Path], ""),
        "actor" or "action" => Gen.Elements("key:first", "release.record", "setup", ""),
        var other => throw new NotSupportedException($"The document has the parameter '{other}', which the generator doesn't know."),
    };

    private static Gen<IReadOnlyList<(string, string)>> Headers(Operation operation)
    {
        var own = operation.Parameters.Where(static parameter => parameter.In == "header").Select(static parameter =>
            from isThere in Gen.Elements(true, false)
            from value in parameter.Schema.TryGetProperty("pattern", out var pattern)
                ? s_patterns[pattern.GetString()!] : Gen.Elements("*", "\"0123456789abcdef0123456789abcdef\"", "W/\"a\", \"b\"")
            select (IsThere: isThere, Header: (parameter.Name, value)));
        var common = Gen.Elements<(string, string)?>(null, null, ("Accept", "application/json"), ("Accept-Encoding", "gzip, br"), ("X-Correlation-ID", "h-1"), ("User-Agent", "hostile"));
        return from given in Gen.CollectToArray(own)
               from extra in common
               select (IReadOnlyList<(string, string)>)
               [
                   ("Host", "slipway.example"), ("X-Api-Key", Requests.FirstKey),
                   .. operation.Body is null ? [] : new[] { ("Content-Type", "application/json") },
                   .. given.Where(static one => one.IsThere).Select(static one => one.Header),
                   .. extra is { } header ? new[] { header } : [],
               ];
    }
}
