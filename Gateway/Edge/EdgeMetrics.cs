using System.Diagnostics.Metrics;
using Slipway.Gateway.Edge.Tls;

namespace Slipway.Gateway.Edge;

/// <summary>Figures of the edge: certificates, the shared cache, maintenance and pause.</summary>
internal sealed class EdgeMetrics
{
    public const string MeterName = "Slipway.Gateway.Edge";

    private readonly Meter _meter;
    private readonly Counter<long> _certificates;
    private readonly Counter<long> _cache;
    private readonly Counter<long> _refused;

    public EdgeMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _certificates = _meter.CreateCounter<long>("slipway.gateway.certificate.reads", "{read}", "New certificate files, by whether they were taken.");
        _cache = _meter.CreateCounter<long>("slipway.gateway.cache.requests", "{request}", "What the shared cache did, by outcome.");
        _refused = _meter.CreateCounter<long>("slipway.gateway.edge.refused", "{request}", "Requests that the edge refused, by the reason.");
    }

    public void CertificateRead(bool taken) => _certificates.Add(1, new KeyValuePair<string, object?>("slipway.taken", taken));

    /// <param name="outcome">hit, revalidated or stored.</param>
    public void Cache(string outcome) => _cache.Add(1, new KeyValuePair<string, object?>("slipway.outcome", outcome));

    /// <param name="reason">host, origin, maintenance, pause-full or pause-timeout.</param>
    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("slipway.reason", reason));

    public void Observe(CertificateStore certificates) => _meter.CreateObservableGauge(
        "slipway.gateway.certificate.not_after", () => certificates.InForce.Select(static certificate => new Measurement<long>(
            certificate.NotAfter.ToUnixTimeSeconds(), new KeyValuePair<string, object?>("slipway.certificate", CertificateStore.NameOf(certificate)))),
        "s", "End of the validity of each certificate in force, in seconds since 1970.");

    public void Observe(Func<int> maintenance, Func<int> paused, Func<int> held, Func<long> cached)
    {
        _meter.CreateObservableGauge("slipway.gateway.maintenance", maintenance, null, "1 while the Gateway is in maintenance.");
        _meter.CreateObservableGauge("slipway.gateway.paused", paused, null, "1 while the Gateway holds requests.");
        _meter.CreateObservableGauge("slipway.gateway.held", held, "{request}", "Requests that are held.");
        _meter.CreateObservableGauge("slipway.gateway.cache.size", cached, "By", "What the shared cache holds.");
    }
}
