using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.SessionAffinity;

namespace Slipway.Gateway.Destinations;

/// <summary>Refuses a configuration with the HashCookie affinity policy, which YARP would accept and then fail at the first request.</summary>
/// <remarks>It is the only part of YARP that needs System.IO.Hashing, which is pruned in Directory.Build.targets.</remarks>
internal sealed class AffinityPolicies : IProxyConfigFilter
{
    /// <exception cref="ArgumentException">The cluster asks for HashCookie; YARP collects it with the other errors of the configuration.</exception>
    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel)
    {
        var affinity = cluster.SessionAffinity;
        if (affinity?.Enabled == true && string.Equals(affinity.Policy, SessionAffinityConstants.Policies.HashCookie, StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException(
                $"Cluster '{cluster.ClusterId}': session affinity policy HashCookie is not available here; use Cookie, ArrCookie or CustomHeader.");
        }

        return ValueTask.FromResult(cluster);
    }

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) =>
        ValueTask.FromResult(route);
}
