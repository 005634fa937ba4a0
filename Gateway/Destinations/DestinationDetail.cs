using Slipway.ServiceDefaults.Health;
using Yarp.ReverseProxy;

namespace Slipway.Gateway.Destinations;

/// <summary>Where requests go, for <c>/health/detailed</c>.</summary>
internal sealed class DestinationDetail(IProxyStateLookup state) : IHealthDetail
{
    public string Name => "destinations";

    public object Read() =>
        from cluster in state.GetClusters()
        from destination in cluster.DestinationsState.AllDestinations
        select new
        {
            Service = cluster.ClusterId,
            destination.Model.Config.Address,
            Health = destination.Verdict().ToString(),
            RequestsUnderWay = destination.ConcurrentRequestCount,
        };
}
