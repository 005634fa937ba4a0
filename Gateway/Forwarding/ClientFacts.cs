using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Slipway.Gateway.Forwarding;

/// <summary>What a destination is told about the client: facts seen here or by a trusted proxy, never the client's own claims.</summary>
internal sealed class ClientFacts(IOptions<GatewayOptions> options) : ITransformProvider
{
    /// <summary>Headers by which others name the client; ours are X-Forwarded-* and Forwarded (RFC 7239), so these can only be claims.</summary>
    private static readonly string[] s_claims =
        ["X-Real-IP", "X-Original-For", "X-Original-Proto", "X-Original-Host", "X-Original-Prefix", "X-Forwarded-Port", "X-Forwarded-Server"];

    /// <summary>Replaces, never appends: a chain that trusted proxies vouched for has been folded into the request's own address before.</summary>
    public void Apply(TransformBuilderContext context)
    {
        context.AddXForwarded(ForwardedTransformActions.Set);
        context.AddRequestTransform(static transform =>
        {
            transform.ProxyRequest.Headers.Remove("Forwarded");
            transform.ProxyRequest.Headers.TryAddWithoutValidation("Forwarded", Forwarded(transform.HttpContext));
            return default;
        });
        context.AddOriginalHost(options.Value.ForwardedHeaders.KeepHost);
        foreach (var claim in s_claims)
            context.AddRequestHeaderRemove(claim);
    }

    /// <summary>Written here because YARP sets either this header or X-Forwarded-*, never both.</summary>
    /// <returns><c>for=127.0.0.1;host="localhost:5090";proto=http</c>; an IPv6 address as <c>for="[::1]"</c>, an unknown one as <c>for=unknown</c>.</returns>
    internal static string Forwarded(HttpContext context)
    {
        var client = context.Connection.RemoteIpAddress;
        if (client is { IsIPv4MappedToIPv6: true })
            client = client.MapToIPv4();
        var node = client is null ? "unknown" : client.AddressFamily == AddressFamily.InterNetworkV6 ? $"\"[{client}]\"" : client.ToString();
        return $"for={node};host=\"{context.Request.Host.ToUriComponent()}\";proto={context.Request.Scheme}";
    }

    public void ValidateRoute(TransformRouteValidationContext context)
    {
        // Nothing is read from the route.
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
        // Nothing is read from the cluster.
    }
}
