namespace Slipway.Gateway.Edge;

/// <summary>Health probes come by address, over http and at any time: neither host names, redirects nor maintenance concern them.</summary>
internal static class ProbeExemption
{
    /// <summary><c>/alive</c>, <c>/health</c> and what is below it.</summary>
    public static bool IsProbe(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase)
        || context.Request.Path.Equals("/alive", StringComparison.OrdinalIgnoreCase);
}
