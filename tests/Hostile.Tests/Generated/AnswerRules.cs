using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Generated;

/// <summary>What every answer must be, whatever was asked.</summary>
internal sealed partial class AnswerRules(ApiDescription description, IReadOnlyList<string> secrets)
{
    private const string ProblemType = "application/problem+json";
    private const string RegisteredTypes = "https://tools.ietf.org/html/rfc9110#section-15.";

    /// <summary>The server's own refusals, before there is a request that the Gateway could answer.</summary>
    private static readonly int[] s_unread = [400, 405, 408, 411, 413, 414, 417, 431, 505];

    /// <summary>Beside the operations of the document.</summary>
    private static readonly string[] s_pages = ["", "docs", "openapi", "health", "alive"];

    /// <summary>Answers to requests that the document allows: what the state of things may say.</summary>
    private static readonly int[] s_allowedToValid = [200, 201, 304, 404, 409, 412];

    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <returns>Null for nothing to complain of.</returns>
    public string? Complaint(RawRequest request, Operation? aimedAt, RawAnswer answer)
    {
        if (answer.Status == 0)
            return request.IsHttp ? "The connection was closed without an answer." : null;
        if (request.IsHttp && answer.Rest > 0)
            return $"{answer.Rest} bytes followed the answer.";
        if (answer.Status >= 500 && (answer.Status != 505 || request.Version is "HTTP/1.1" or "HTTP/1.0"))
            return $"The status is {answer.Status}.";
        return Leak(request, answer) ?? (answer.Header("X-Content-Type-Options") is null ? Unread(request, answer) : Answered(request, aimedAt, answer));
    }

    /// <summary>The server's own answer: a bare refusal.</summary>
    private static string? Unread(RawRequest request, RawAnswer answer) =>
        request.IsHttp ? "It lacks the security headers, so it isn't the Gateway's answer, though the request is HTTP."
        : !s_unread.Contains(answer.Status) || answer.Body.Length > 0 || answer.Header("Connection") != "close" ? "The server's own answer is no bare refusal that closes the connection."
        : null;

    private string? Answered(RawRequest request, Operation? aimedAt, RawAnswer answer)
    {
        var operation = description.Find(request.Method, request.Target);
        if (request.Mutations.Count == 0 && operation != aimedAt)
            return $"It was aimed at {aimedAt}, but the document leads to {operation}.";
        return Shape(request, operation, answer)
            ?? (answer.Status < 300 && operation?.Body is { } schema && BodyComplaint(schema, request.Body ?? "") is { } complaint ? $"It was taken although the document forbids it: {complaint}" : null)
            ?? (request.Mutations.Count == 0 && !s_allowedToValid.Contains(answer.Status) ? "It was refused although the document allows it." : null);
    }

    /// <summary>Status, content type and body as the document says.</summary>
    private string? Shape(RawRequest request, Operation? operation, RawAnswer answer)
    {
        if (request.Method == "HEAD")
            return null;
        if (answer.Status >= 400)
            return Problem(operation, answer);
        if (operation is null)
            return s_pages.Contains(FirstSegment(request.Target)) ? null : "The document doesn't know of what was answered.";
        if (!operation.Responses.TryGetValue(answer.Status, out var types))
            return $"The document lists no {answer.Status} for {operation}.";
        if (types.Count == 0)
            return answer.Body.Length == 0 ? null : "There is a body where the document has none.";
        return !types.TryGetValue(MediaType(answer), out var schema) ? $"The document lists no {MediaType(answer)} for {answer.Status} of {operation}."
            : Fits(schema, answer);
    }

    private string? Problem(Operation? operation, RawAnswer answer)
    {
        if (MediaType(answer) != ProblemType)
            return $"The error is {MediaType(answer)}, no {ProblemType}.";
        if (Fits(description.Problem, answer) is { } misfit)
            return misfit;
        using var problem = JsonDocument.Parse(answer.Body);
        var root = problem.RootElement;
        var type = root.GetProperty("type").GetString()!;
        if (!root.TryGetProperty("title", out var title) || title.GetString() is null or "")
            return "The problem has no title.";
        if (!root.TryGetProperty("status", out var status) || status.GetInt32() != answer.Status)
            return "The problem's status is another one than the answer's.";
        if (!root.TryGetProperty("traceId", out _) || !root.TryGetProperty("correlationId", out _))
            return "The problem has no traceId or correlationId.";
        var isListed = description.Problems.Contains((type, answer.Status));
        if (!isListed && !type.StartsWith(RegisteredTypes, StringComparison.Ordinal))
            return $"docs/problems.md doesn't list {type} with {answer.Status}.";
        // The Gateway's own stand in docs/problems.md: they may come for any operation.
        return operation is null || type.StartsWith("urn:slipway:problem:gateway:", StringComparison.Ordinal) || operation.Responses.ContainsKey(answer.Status)
            ? null : $"The document lists no {answer.Status} for {operation}.";
    }

    private string? Fits(JsonElement schema, RawAnswer answer)
    {
        try
        {
            using var body = JsonDocument.Parse(answer.Body, s_strict);
            return description.Schemas.Complaint(schema, body.RootElement) is { } complaint ? $"The body isn't what the document says: {complaint}" : null;
        }
        catch (JsonException broken)
        {
            return $"The body is no JSON: {broken.Message}";
        }
    }

    /// <summary>Why a request's body isn't what the document allows.</summary>
    private string? BodyComplaint(JsonElement schema, string body)
    {
        try
        {
            var bytes = Encoding.Latin1.GetBytes(body);
            using var parsed = JsonDocument.Parse(bytes.AsMemory(body.StartsWith("\xef\xbb\xbf", StringComparison.Ordinal) ? 3 : 0), s_strict);
            return description.Schemas.Complaint(schema, parsed.RootElement);
        }
        catch (JsonException broken)
        {
            return broken.Message;
        }
    }

    private string? Leak(RawRequest request, RawAnswer answer)
    {
        var said = $"{string.Join('\n', answer.Headers.Select(static header => $"{header.Name}: {header.Value}"))}\n{answer.Text}";
        if (answer.Header("X-Injected") is not null)
            return "A header of the request's making stands in the answer.";
        if (answer.Header("Server") is not null || answer.Header("X-Powered-By") is not null || answer.Headers.Any(static header => header.Name.StartsWith("X-Slipway-", StringComparison.OrdinalIgnoreCase)))
            return "A header tells what is only for inside.";
        if (secrets.FirstOrDefault(secret => said.Contains(secret, StringComparison.Ordinal)) is { } secret)
            return $"The answer has a secret: {secret}";
        if (said.Contains(AppContext.BaseDirectory, StringComparison.Ordinal))
            return "The answer tells where the service lies.";
        // The page of the Api has scripts, which speak of much.
        return FirstSegment(request.Target) is not "docs" && Inner().Match(said) is { Success: true } match ? $"The answer tells of the inside: {match.Value}" : null;
    }

    private static string FirstSegment(string target) => ApiDescription.Segments(target) is [var first, ..] ? first.ToLowerInvariant() : "";

    private static string MediaType(RawAnswer answer) => answer.Header("Content-Type") is { } given ? new ContentType(given).MediaType : "(none)";

    [GeneratedRegex(
        "\\n *at [\\w.<>`]+\\(|\\.cs:line|Exception\\b|\\bNpgsql|\\bSystem\\.[A-Z]|\\bMicrosoft\\.[A-Z]|StackExchange|Slipway\\.[A-Z]|\\bYarp\\b|\\.dll\\b|Password=|Host=127|127\\.0\\.0\\.1:|"
        + "\\b(select|insert into|update|delete from) [a-z_]+ |SqlState|/root/|/home/|/tmp/|/usr/|secret_hash",
        RegexOptions.CultureInvariant)]
    private static partial Regex Inner();
}
