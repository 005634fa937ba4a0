using System.Diagnostics.Metrics;
using Slipway.Gateway.Destinations;
using Yarp.ReverseProxy;

namespace Slipway.Gateway.Forwarding;

/// <summary>The Gateway's own figures; YARP 2.1 has none.</summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "Slipway.Gateway";

    private readonly Counter<long> _requests;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _refused;

    public GatewayMetrics(IMeterFactory meters, RetryBudget budget, IProxyStateLookup state)
    {
        var meter = meters.Create(MeterName);
        _requests = meter.CreateCounter<long>("slipway.gateway.requests", "{request}", "Requests answered to clients, by cluster and final status.");
        _retries = meter.CreateCounter<long>("slipway.gateway.retries", "{attempt}", "Attempts repeated, by cluster and by why the one before failed.");
        _refused = meter.CreateCounter<long>("slipway.gateway.retries.refused", "{request}", "Requests not repeated further, by cluster and the bound that was met.");
        meter.CreateObservableGauge("slipway.gateway.retry_budget", () => budget.Left, "{attempt}", "Repeats left in the budget.");
        meter.CreateObservableGauge("slipway.gateway.destinations", () => Count(state), "{destination}", "Destinations by cluster and health.");
    }

    public void Answered(string cluster, int status) =>
        _requests.Add(1, new("slipway.cluster", cluster), new("http.response.status_code", status));

    public void Retried(string cluster, string reason) =>
        _retries.Add(1, new("slipway.cluster", cluster), new("slipway.reason", reason));

    public void RetryRefused(string cluster, string bound) =>
        _refused.Add(1, new("slipway.cluster", cluster), new("slipway.bound", bound));

    private static IEnumerable<Measurement<int>> Count(IProxyStateLookup state) =>
        from cluster in state.GetClusters()
        from destination in cluster.DestinationsState.AllDestinations
        group destination by (cluster.ClusterId, Health: destination.Verdict()) into alike
        select new Measurement<int>(
            alike.Count(),
            new KeyValuePair<string, object?>("slipway.cluster", alike.Key.ClusterId),
            new KeyValuePair<string, object?>("slipway.health", alike.Key.Health.ToString()));
}
