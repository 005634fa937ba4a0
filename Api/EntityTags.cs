using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace Slipway.Api;

/// <summary>Strong entity tags made of rows' stamps (RFC 9110 section 8.8.3) and the conditions that requests set on them (section 13.1).</summary>
internal static class EntityTags
{
    public static string Of(Guid stamp) => $"\"{stamp:N}\"";

    /// <summary>True when the client has the content already: <c>If-None-Match</c> names it (compared weakly) or is <c>*</c>.</summary>
    public static bool HasAlready(HttpRequest request, Guid stamp)
    {
        var given = request.Headers.IfNoneMatch;
        return given.Count > 0
            && EntityTagHeaderValue.TryParseList([.. given!], out var tags)
            && tags.Any(tag => tag == EntityTagHeaderValue.Any || tag.Compare(new EntityTagHeaderValue(Of(stamp)), useStrongComparison: false));
    }

    /// <summary>Whether the request sets a condition on what it changes.</summary>
    public static bool IsConditional(HttpRequest request) => request.Headers.IfMatch.Count > 0;

    /// <summary>False when <c>If-Match</c> is there and names another content; what can't be read names none, and a weak tag never matches.</summary>
    public static bool Allows(HttpRequest request, Guid stamp) =>
        !IsConditional(request)
        || (EntityTagHeaderValue.TryParseList([.. request.Headers.IfMatch!], out var tags)
            && tags.Any(tag => tag == EntityTagHeaderValue.Any || tag.Compare(new EntityTagHeaderValue(Of(stamp)), useStrongComparison: true)));

    /// <summary>For the document: a read whose answer has a tag, and which is answered without a body to whoever has it already.</summary>
    public static RouteHandlerBuilder AnswersEntityTag(this RouteHandlerBuilder endpoint) => endpoint
        .Produces(StatusCodes.Status304NotModified)
        .TakesHeader(HeaderNames.IfNoneMatch, "Entity tags of what the client has: 304 when it still is so.");

    /// <summary>For the document: a write that may be tied to a state.</summary>
    public static RouteHandlerBuilder TakesIfMatch(this RouteHandlerBuilder endpoint) => endpoint
        .ProducesProblem(StatusCodes.Status412PreconditionFailed)
        .TakesHeader(HeaderNames.IfMatch, "Entity tags of the states from which it may be done: 412 when it is in another one.");

    private static RouteHandlerBuilder TakesHeader(this RouteHandlerBuilder endpoint, string name, string description) =>
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Header,
                Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
            return Task.CompletedTask;
        });
}
