using Slipway.ServiceDefaults.Health;
using Yarp.ReverseProxy;

namespace Slipway.Gateway.Destinations;

/// <summary>Where requests go, for <c>/health/detailed</c>.</summary>
internal sealed class DestinationDetail(IProxyStateLookup state, DestinationCircuits circuits) : IHealthDetail
{
    public string Name => "destinations";

    public object Read() =>
        from cluster in state.GetClusters()
        from destination in cluster.DestinationsState.AllDestinations
        select new
        {
            Service = cluster.ClusterId,
            destination.Model.Config.Address,
            Health = circuits.Verdict(destination).ToString(),
            Circuit = circuits.Of(destination).State.ToString(),
            RequestsUnderWay = destination.ConcurrentRequestCount,
        };
}
