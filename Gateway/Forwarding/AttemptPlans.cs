using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Slipway.Gateway.Forwarding;

/// <summary>Hands the plan of an attempt from the request that came in to the one that goes out.</summary>
internal sealed class AttemptPlans : ITransformProvider
{
    public void Apply(TransformBuilderContext context) => context.AddRequestTransform(static transform =>
    {
        if (transform.HttpContext.Features.Get<AttemptPlan>() is { } plan)
        {
            plan.Destination = transform.HttpContext.GetReverseProxyFeature().ProxiedDestination;
            transform.ProxyRequest.Options.Set(AttemptPlan.Key, plan);
        }

        return default;
    });

    public void ValidateRoute(TransformRouteValidationContext context)
    {
        // Nothing is read from the route.
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
        // Nothing is read from the cluster.
    }
}
