using Microsoft.AspNetCore.Http.Timeouts;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Slipway.Gateway.Protection.Requests;

/// <summary>Takes the limit on a request's whole time off what is meant to last: gRPC calls and event streams. YARP does so for WebSockets.</summary>
internal sealed class StreamTimes : ITransformProvider
{
    public void Apply(TransformBuilderContext context)
    {
        context.AddRequestTransform(static transform =>
        {
            if (transform.HttpContext.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true)
                Lift(transform.HttpContext);
            return default;
        });
        context.AddResponseTransform(static transform =>
        {
            if (transform.ProxyResponse?.Content.Headers.ContentType?.MediaType is { } type && type.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase))
                Lift(transform.HttpContext);
            return default;
        });
    }

    public void ValidateRoute(TransformRouteValidationContext context)
    {
        // Nothing is read from the route.
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
        // Nothing is read from the cluster.
    }

    private static void Lift(HttpContext context) => context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
}
