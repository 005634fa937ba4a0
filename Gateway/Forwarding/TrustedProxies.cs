using Microsoft.AspNetCore.HttpOverrides;

namespace Slipway.Gateway.Forwarding;

/// <summary>Folds what trusted proxies say about the client into the request.</summary>
internal static class TrustedProxies
{
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

        app.UseForwardedHeaders(forwarded);
    }
}
