using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Gateway.Forwarding;

namespace Slipway.Gateway.Edge;

/// <summary>Answers that end a request at the edge.</summary>
internal static class EdgeProblem
{
    public static Task WriteAsync(HttpContext context, ProblemHttpResult problem)
    {
        context.Response.Headers.CacheControl = "no-store";
        return problem.ExecuteAsync(context);
    }

    /// <param name="status">Of the answer.</param>
    /// <param name="type">As <see cref="GatewayProblems.Urn"/> makes it.</param>
    /// <param name="title">For people.</param>
    /// <param name="detail">The facts.</param>
    public static ProblemHttpResult Of(int status, string type, string title, string detail) =>
        TypedResults.Problem(detail, statusCode: status, title: title, type: type);
}
