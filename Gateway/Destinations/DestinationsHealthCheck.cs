using Microsoft.Extensions.Diagnostics.HealthChecks;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Slipway.Gateway.Destinations;

/// <summary>Degraded, not unhealthy, while no destination is healthy: restarting the Gateway would not help, and it answers with problems meanwhile.</summary>
internal sealed class DestinationsHealthCheck(IProxyStateLookup state, DestinationCircuits circuits) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        var degraded = new List<string>();
        foreach (var cluster in state.GetClusters())
        {
            var all = cluster.DestinationsState.AllDestinations;
            if (all.Count == 0)
                degraded.Add($"{cluster.ClusterId} has no destination.");
            else if (all.All(destination => circuits.Verdict(destination) == DestinationHealth.Unhealthy))
                degraded.Add($"{cluster.ClusterId}: none of {all.Count} destinations is healthy.");
        }

        return Task.FromResult(degraded.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded(string.Join(' ', degraded)));
    }
}
