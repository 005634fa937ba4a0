namespace Slipway.Api.Idempotency;

/// <summary>Whose idempotency keys a request uses.</summary>
internal static class RequestClient
{
    /// <summary>All who have not proved who they are share it: their keys can meet.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>The authenticated name; <see cref="Anonymous"/> without one.</summary>
    public static string Of(HttpContext context) => context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name } ? name : Anonymous;
}
