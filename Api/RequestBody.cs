using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Api;

/// <summary>A request's JSON body, read as a whole and checked as a whole.</summary>
/// <param name="Value">Null when there is a problem.</param>
/// <param name="Problem">Null when the body is valid.</param>
internal readonly record struct RequestBody<T>(T? Value, ProblemHttpResult? Problem)
    where T : class
{
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsValid => Problem is null;
}

internal static class RequestBody
{
    /// <summary>256 KiB; a larger body is refused with 413 before it is read.</summary>
    public const int MaxBytes = 256 * 1024;

    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>For endpoints that read their body with <see cref="ReadAsync"/>: the body and what is answered to one that can't be read.</summary>
    public static RouteHandlerBuilder TakesJson<T>(this RouteHandlerBuilder endpoint)
        where T : class => endpoint.Accepts<T>("application/json")
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);

    /// <param name="context">Of the request.</param>
    /// <param name="slice">Names the problems.</param>
    /// <param name="read">Takes the fields, and notes their errors.</param>
    public static async Task<RequestBody<T>> ReadAsync<T>(HttpContext context, string slice, Func<JsonInput, T> read)
        where T : class
    {
        if (!context.Request.HasJsonContentType())
        {
            return new(null, Problems.Of(
                StatusCodes.Status415UnsupportedMediaType, $"{slice}:not-json", "The body is not JSON.", "Send it with Content-Type: application/json."));
        }

        try
        {
            using var document = await ParseAsync(context);
            var input = new JsonInput(document.RootElement);
            var value = read(input);
            return input.Errors.Count == 0 ? new(value, null) : new(null, Problems.Invalid($"{slice}:invalid", input.Errors));
        }
        catch (JsonException malformed)
        {
            return new(null, Problems.Of(
                StatusCodes.Status400BadRequest, $"{slice}:malformed-json", "The body is not well-formed JSON.",
                malformed.LineNumber is { } line ? $"At line {line + 1}, byte {malformed.BytePositionInLine + 1}: {Reason(malformed)}" : malformed.Message));
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return new(null, Problems.Of(
                StatusCodes.Status413PayloadTooLarge, $"{slice}:too-large", "The body is too large.", $"It may have {MaxBytes} bytes."));
        }
    }

    /// <exception cref="JsonException">It is malformed.</exception>
    private static async Task<JsonDocument> ParseAsync(HttpContext context)
    {
        try
        {
            return await JsonDocument.ParseAsync(context.Request.Body, s_strict, context.RequestAborted);
        }
        catch (InvalidOperationException)
        {
            // Looking for names that stand twice the parser reads them all, and says in this way that one is half a character or no UTF-8.
            throw new JsonException("The name of a member is not a text.");
        }
    }

    /// <summary>The parser's words without the place that it repeats at the end.</summary>
    private static string Reason(JsonException malformed) => malformed.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
}
