using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Api;

/// <summary>Problem details (RFC 9457) whose <c>type</c> stays the same for programs: <c>urn:slipway:problem:slice:name</c>.</summary>
internal static class Problems
{
    /// <param name="status">The HTTP status.</param>
    /// <param name="type">Slice and name: <c>releases:not-found</c>.</param>
    /// <param name="title">For people; the same for each problem of the type.</param>
    /// <param name="detail">The facts of this one.</param>
    /// <param name="extensions">Further members; null for none.</param>
    public static ProblemHttpResult Of(int status, string type, string title, string detail, IDictionary<string, object?>? extensions = null) =>
        TypedResults.Problem(detail, instance: null, status, title, Urn(type), extensions);

    public static string Urn(string type) => $"urn:slipway:problem:{type}";

    /// <param name="type">Slice and name.</param>
    /// <param name="errors">Every error, by the JSON path or the query's parameter.</param>
    public static ProblemHttpResult Invalid(string type, IReadOnlyDictionary<string, string[]> errors) => Of(
        StatusCodes.Status400BadRequest, type, "The input is not valid.",
        $"{errors.Values.Sum(messages => messages.Length)} errors; see 'errors'.", new Dictionary<string, object?> { ["errors"] = errors });
}
