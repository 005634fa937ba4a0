using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Slipway.Gateway.Protection.Clients;

/// <summary>Takes from the Api's answers who the client was, and keeps it from the client.</summary>
internal sealed class ClientLearning(KnownClients known, ClientOf clientOf) : ITransformProvider
{
    public void Apply(TransformBuilderContext context) => context.AddResponseTransform(Learn);

    public void ValidateRoute(TransformRouteValidationContext context)
    {
        // Nothing is read from the route.
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
        // Nothing is read from the cluster.
    }

    private ValueTask Learn(ResponseTransformContext transform)
    {
        if (transform.ProxyResponse is not { } response)
            return default;
        var named = transform.HttpContext.Response.Headers.Remove(InternalHeaders.Client, out var client);
        if (clientOf.Credential(transform.HttpContext) is not { } credential)
            return default;
        if (response.StatusCode == System.Net.HttpStatusCode.Unauthorized)
            known.Forget(credential);
        else if (named && client is [{ } name] && ClientNames.IsKnown(name))
            known.Learn(credential, name);
        return default;
    }
}
