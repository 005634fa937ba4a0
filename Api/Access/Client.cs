using System.Collections.Frozen;

namespace Slipway.Api.Access;

/// <summary>Who sends a request, as its credential has proven.</summary>
/// <param name="Name"><c>key:&lt;prefix&gt;</c> or <c>jwt:&lt;subject&gt;</c>: visible ASCII, at most <see cref="MaxNameLength"/> characters.</param>
/// <param name="Granted">Scopes.</param>
internal sealed record Client(string Name, FrozenSet<string> Granted)
{
    public const int MaxNameLength = 100;

    public bool May(string scope) => Granted.Contains(scope);

    /// <exception cref="InvalidOperationException">The endpoint is open to everybody, so that nobody was asked who he is.</exception>
    public static Client Of(HttpContext context) => context.Features.Get<Client>()
        ?? throw new InvalidOperationException($"{context.Request.Path} was reached without a client: its endpoint needs RequireScope.");
}
