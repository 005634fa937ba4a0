using System.Text.Json;
using System.Text.RegularExpressions;

namespace Slipway.Hostile.Tests.Generated;

/// <param name="In">path, query or header.</param>
internal sealed record Parameter(string Name, string In, bool IsRequired, JsonElement Schema);

/// <param name="Body">Schema of its JSON body; null: it takes none.</param>
/// <param name="Responses">By status: the content types with their schemas; none for an answer without a body.</param>
/// <param name="Scope">That the credential needs; null: none.</param>
internal sealed record Operation(
    string Id, string Method, string Path, IReadOnlyList<Parameter> Parameters, JsonElement? Body,
    IReadOnlyDictionary<int, IReadOnlyDictionary<string, JsonElement>> Responses, string? Scope)
{
    private readonly string[] _segments = Path.Trim('/').Split('/');

    /// <summary>Whether routing leads a path here; segments as they were sent, without escapes.</summary>
    public bool Covers(IReadOnlyList<string> segments) => segments.Count == _segments.Length
        && _segments.Zip(segments).All(static pair => pair.First.StartsWith('{') ? pair.Second.Length > 0 : pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase));

    /// <summary>The fewer, the more exact.</summary>
    public int Holes => _segments.Count(static segment => segment.StartsWith('{'));

    public override string ToString() => $"{Method} {Path}";
}

/// <summary>What the Api says of itself in its OpenAPI document, and the Gateway in docs/problems.md.</summary>
internal sealed partial class ApiDescription
{
    /// <param name="document">As served at /openapi/v1.json.</param>
    /// <param name="problems">The text of docs/problems.md.</param>
    public ApiDescription(JsonElement document, string problems)
    {
        Schemas = new SchemaCheck(document);
        Problem = document.GetProperty("components").GetProperty("schemas").GetProperty("ProblemDetails");
        Operations = [.. from path in document.GetProperty("paths").EnumerateObject() from method in path.Value.EnumerateObject() select Read(path.Name, method)];
        Problems = ProblemRow().Matches(problems).Select(static row => (row.Groups["type"].Value, int.Parse(row.Groups["status"].ValueSpan))).ToHashSet();
    }

    public SchemaCheck Schemas { get; }

    public JsonElement Problem { get; }

    public IReadOnlyList<Operation> Operations { get; }

    /// <summary>The listed types of problems, each with its status.</summary>
    public IReadOnlySet<(string Type, int Status)> Problems { get; }

    /// <summary>Of the path, as servers see them: escapes are undone (but for that of the slash), and then dots lead up.</summary>
    public static IReadOnlyList<string> Segments(string target)
    {
        var path = Uri.UnescapeDataString(target.Split('?')[0].Replace("%2f", "%252f", StringComparison.OrdinalIgnoreCase));
        var segments = new List<string>();
        foreach (var segment in path.TrimStart('/').Split('/'))
        {
            if (segment == ".." && segments.Count > 0)
                segments.RemoveAt(segments.Count - 1);
            else if (segment is not ("." or ".."))
                segments.Add(segment);
        }

        return segments is [.., ""] ? segments[..^1] : segments;
    }

    /// <summary>Null: none; routing answers, or something that isn't the Api's.</summary>
    public Operation? Find(string method, string target)
    {
        var segments = Segments(target);
        return Operations.Where(operation => operation.Method.Equals(method, StringComparison.OrdinalIgnoreCase) && operation.Covers(segments)).MinBy(static operation => operation.Holes);
    }

    private Operation Read(string path, JsonProperty method)
    {
        var operation = method.Value;
        var parameters = operation.TryGetProperty("parameters", out var given) ? given.EnumerateArray().Select(Read).ToArray() : [];
        JsonElement? body = operation.TryGetProperty("requestBody", out var request)
            ? Schemas.Resolved(request.GetProperty("content").GetProperty("application/json").GetProperty("schema")) : null;
        var responses = operation.GetProperty("responses").EnumerateObject().ToDictionary(
            static response => int.Parse(response.Name), static response => (IReadOnlyDictionary<string, JsonElement>)(response.Value.TryGetProperty("content", out var content)
                ? content.EnumerateObject().ToDictionary(static type => type.Name, static type => type.Value.GetProperty("schema"))
                : []));
        var scope = operation.TryGetProperty("security", out var security) ? security[0].EnumerateObject().Single().Value[0].GetString() : null;
        return new Operation(operation.GetProperty("operationId").GetString()!, method.Name.ToUpperInvariant(), path, parameters, body, responses, scope);
    }

    private Parameter Read(JsonElement parameter) => new(
        parameter.GetProperty("name").GetString()!, parameter.GetProperty("in").GetString()!,
        parameter.TryGetProperty("required", out var required) && required.GetBoolean(), Schemas.Resolved(parameter.GetProperty("schema")));

    [GeneratedRegex("^\\| `(?<type>urn:slipway:problem:[a-z:-]+)` \\| (?<status>[0-9]{3}) \\|", RegexOptions.Multiline)]
    private static partial Regex ProblemRow();
}
