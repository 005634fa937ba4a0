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
    private readonly Counter<long> _hedges;
    private readonly Counter<long> _hedgesWon;
    private readonly Counter<long> _opened;
    private readonly Counter<long> _full;

    public GatewayMetrics(IMeterFactory meters, RetryBudget budget, IProxyStateLookup state, DestinationCircuits circuits)
    {
        var meter = meters.Create(MeterName);
        _requests = meter.CreateCounter<long>("slipway.gateway.requests", "{request}", "Requests answered to clients, by cluster and final status.");
        _retries = meter.CreateCounter<long>("slipway.gateway.retries", "{attempt}", "Attempts repeated, by cluster and by why the one before failed.");
        _refused = meter.CreateCounter<long>("slipway.gateway.retries.refused", "{request}", "Requests not repeated further, by cluster and the bound that was met.");
        _hedges = meter.CreateCounter<long>("slipway.gateway.hedges", "{attempt}", "Second attempts sent because the first was late.");
        _hedgesWon = meter.CreateCounter<long>("slipway.gateway.hedges.won", "{attempt}", "Second attempts that answered before the first.");
        _opened = meter.CreateCounter<long>("slipway.gateway.circuit.openings", "{opening}", "Circuits that opened, by destination.");
        _full = meter.CreateCounter<long>("slipway.gateway.destinations.full", "{request}", "Requests refused because all destinations were full, by cluster.");
        meter.CreateObservableGauge("slipway.gateway.circuit", () => States(state, circuits), "{state}", "Circuit by destination: 0 closed, 1 half open, 2 open.");
        meter.CreateObservableGauge("slipway.gateway.retry_budget", () => budget.Left, "{attempt}", "Repeats left in the budget.");
        meter.CreateObservableGauge("slipway.gateway.destinations", () => Count(state, circuits), "{destination}", "Destinations by cluster and health.");
    }

    public void Answered(string cluster, int status) =>
        _requests.Add(1, new("slipway.cluster", cluster), new("http.response.status_code", status));

    public void Retried(string cluster, string reason) =>
        _retries.Add(1, new("slipway.cluster", cluster), new("slipway.reason", reason));

    public void RetryRefused(string cluster, string bound) =>
        _refused.Add(1, new("slipway.cluster", cluster), new("slipway.bound", bound));

    public void Hedged() => _hedges.Add(1);

    public void HedgeWon() => _hedgesWon.Add(1);

    public void Opened(string destination) => _opened.Add(1, new KeyValuePair<string, object?>("slipway.destination", destination));

    public void Full(string cluster) => _full.Add(1, new KeyValuePair<string, object?>("slipway.cluster", cluster));

    private static IEnumerable<Measurement<int>> States(IProxyStateLookup state, DestinationCircuits circuits) =>
        from cluster in state.GetClusters()
        from destination in cluster.DestinationsState.AllDestinations
        select new Measurement<int>(
            (int)circuits.Of(destination).State,
            new KeyValuePair<string, object?>("slipway.cluster", cluster.ClusterId),
            new KeyValuePair<string, object?>("slipway.destination", destination.DestinationId));

    private static IEnumerable<Measurement<int>> Count(IProxyStateLookup state, DestinationCircuits circuits) =>
        from cluster in state.GetClusters()
        from destination in cluster.DestinationsState.AllDestinations
        group destination by (cluster.ClusterId, Health: circuits.Verdict(destination)) into alike
        select new Measurement<int>(
            alike.Count(),
            new KeyValuePair<string, object?>("slipway.cluster", alike.Key.ClusterId),
            new KeyValuePair<string, object?>("slipway.health", alike.Key.Health.ToString()));
}
