using System.Diagnostics.Metrics;
using Slipway.Gateway.Protection.Clients;
using Slipway.Gateway.Protection.Load;
using Slipway.Gateway.Protection.Rates;

namespace Slipway.Gateway.Protection;

/// <summary>What the limits decided. No client's name is a label: there are as many as there are clients.</summary>
internal sealed class ProtectionMetrics
{
    public const string MeterName = "Slipway.Gateway.Limits";

    private static readonly string[] s_decidedBy = [.. Enum.GetNames<DecidedBy>().Select(static name => name.ToLowerInvariant())];
    private static readonly string[] s_priorities = [.. Enum.GetNames<RequestPriority>().Select(static name => name.ToLowerInvariant())];
    private static readonly string[] s_sheds = ["queue-full", "displaced", "waited"];

    private readonly Counter<long> _decisions;
    private readonly Counter<long> _sharedFailures;
    private readonly Counter<long> _shed;
    private readonly Counter<long> _heads;
    private readonly Counter<long> _connections;
    private readonly Meter _meter;

    public ProtectionMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _decisions = _meter.CreateCounter<long>("slipway.gateway.limits.decisions", "{request}",
            "Requests by the limit that refused them (client or address where none did), by outcome and by who counted: shared, lease, remembered, local.");
        _sharedFailures = _meter.CreateCounter<long>("slipway.gateway.limits.shared_failures", "{request}", "Questions to Redis without an answer in time.");
        _shed = _meter.CreateCounter<long>("slipway.gateway.load.shed", "{request}", "Requests refused because too many are under way, by priority and reason.");
        _heads = _meter.CreateCounter<long>("slipway.gateway.limits.size_refusals", "{request}", "Requests refused for their size, by what was too large.");
        _connections = _meter.CreateCounter<long>("slipway.gateway.limits.connection_refusals", "{connection}", "Connections closed at once: their address has too many.");
    }

    /// <summary>Begins to show what is measured when it is looked at.</summary>
    public void Observe(SharedLimits shared, LocalLimits local, KnownClients known, LoadGate gate)
    {
        _meter.CreateObservableGauge("slipway.gateway.limits.shared", () => shared.State == SharedState.Answers ? 1 : 0, "1",
            "1 while Redis counts for all Gateways, 0 while each counts for itself.");
        _meter.CreateObservableGauge("slipway.gateway.limits.local_entries", () => local.Count, "{entry}", "Limits counted in the Gateway's memory.");
        _meter.CreateObservableGauge("slipway.gateway.limits.known_clients", () => known.Count, "{credential}", "Credentials whose client is known.");
        _meter.CreateObservableGauge("slipway.gateway.load.limit", () => gate.Limit, "{request}", "Requests that may be under way now.");
        _meter.CreateObservableGauge("slipway.gateway.load.under_way", () => gate.UnderWay, "{request}", "Requests whose answer has not begun.");
        _meter.CreateObservableGauge("slipway.gateway.load.queued", () => gate.Queued, "{request}", "Requests that wait to be let in.");
    }

    public void Allowed(string client, DecidedBy by) => Decided(ClientNames.IsAddress(client) ? "address" : "client", "allowed", by);

    public void Refused(string limit, DecidedBy by) => Decided(limit, "refused", by);

    public void SharedFailed() => _sharedFailures.Add(1);

    public void Shed(RequestPriority priority, Shed why) =>
        _shed.Add(1, new("slipway.priority", s_priorities[(int)priority]), new("slipway.reason", s_sheds[(int)why]));

    public void RefusedHead(string limit) => _heads.Add(1, new KeyValuePair<string, object?>("slipway.limit", limit));

    public void RefusedConnection() => _connections.Add(1);

    private void Decided(string limit, string outcome, DecidedBy by) =>
        _decisions.Add(1, new("slipway.limit", limit), new("slipway.outcome", outcome), new("slipway.decided_by", s_decidedBy[(int)by]));
}
