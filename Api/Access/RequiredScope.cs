using Microsoft.AspNetCore.Mvc;

namespace Slipway.Api.Access;

/// <summary>On an endpoint: the scope without which it is refused.</summary>
internal sealed record RequiredScope(string Scope);

internal static class RequiredScopeExtensions
{
    /// <summary>Lets only clients in that have the scope. The last one counts, so that an endpoint may ask for another one than its group.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, string scope)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new RequiredScope(Scopes.IsKnown(scope) ? scope : throw new ArgumentException($"'{scope}' is not a scope.", nameof(scope))))
            .ProducesRefusal(StatusCodes.Status401Unauthorized).ProducesRefusal(StatusCodes.Status403Forbidden).ProducesRefusal(StatusCodes.Status429TooManyRequests);

    private static TBuilder ProducesRefusal<TBuilder>(this TBuilder builder, int status)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), ["application/problem+json"]));
}
