namespace Slipway.Gateway.Protection.Clients;

/// <summary>The headers by which the services speak among themselves; a client's claim to one is taken off.</summary>
internal static class InternalHeaders
{
    /// <summary>In the Api's answers: whom it has authenticated.</summary>
    public const string Client = "X-Slipway-Client";

    private const string Prefix = "X-Slipway-";

    /// <summary>Clients name themselves by it for the audit; it proves nothing.</summary>
    private const string Actor = "X-Slipway-Actor";

    public static bool IsInternal(string header) =>
        header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && !header.Equals(Actor, StringComparison.OrdinalIgnoreCase);
}
