using Microsoft.AspNetCore.HttpOverrides;

namespace Slipway.Gateway.Forwarding;

/// <summary>Folds what trusted proxies say about the client into the request.</summary>
internal static class TrustedProxies
{
    private const string Proto = "X-Forwarded-Proto";

    /// <summary>Takes client address, scheme and host from the trusted proxies' headers.</summary>
    /// <remarks>
    /// Not added without a trusted proxy: the middleware trusts everybody when both of its lists are empty. The chain is walked from its near
    /// end as long as each hop is trusted, so a claim before the first stranger counts for nothing.
    /// </remarks>
    public static void UseTrustedProxies(this IApplicationBuilder app, ForwardedHeaderOptions options)
    {
        if (options.TrustedProxies.Count == 0)
            return;
        var forwarded = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            ForwardLimit = null,
        };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var proxy in options.TrustedProxies)
        {
            if (ForwardedHeaderOptions.TryParse(proxy, out var network))
                forwarded.KnownIPNetworks.Add(network);
        }

        // A proxy that passes on what its client sent would put any word into the scheme, and so into links and redirects.
        app.Use(static (context, next) =>
        {
            if (!context.Request.Headers.GetCommaSeparatedValues(Proto).All(IsScheme))
                context.Request.Headers.Remove(Proto);
            return next(context);
        });
        app.UseForwardedHeaders(forwarded);
    }

    private static bool IsScheme(string word) =>
        word.Equals("https", StringComparison.OrdinalIgnoreCase) || word.Equals("http", StringComparison.OrdinalIgnoreCase);
}
