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
        context.AddForwarded(forFormat: NodeFormat.Ip, byFormat: NodeFormat.None, action: ForwardedTransformActions.Set);
        context.AddOriginalHost(options.Value.ForwardedHeaders.KeepHost);
        foreach (var claim in s_claims)
            context.AddRequestHeaderRemove(claim);
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
