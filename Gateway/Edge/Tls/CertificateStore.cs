using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Edge.Tls;

/// <summary>The certificates in force. A new file replaces its certificate once it was found good; a bad one leaves the one before in force.</summary>
internal sealed class CertificateStore
{
    private readonly TlsOptions _options;
    private readonly TimeProvider _clock;
    private readonly EdgeMetrics _metrics;
    private readonly ILogger<CertificateStore> _logger;
    private readonly Slot[] _slots;

    /// <exception cref="CertificateRefusedException">A file turned bad since the options were validated.</exception>
    public CertificateStore(IOptions<GatewayOptions> options, TimeProvider clock, EdgeMetrics metrics, ILogger<CertificateStore> logger)
    {
        _options = options.Value.Tls;
        (_clock, _metrics, _logger) = (clock, metrics, logger);
        _slots = [.. _options.Certificates.Select(certificate => new Slot(certificate, ServedCertificate.Read(certificate, clock.GetUtcNow())))];
        metrics.Observe(this);
    }

    public bool IsEmpty => _slots.Length == 0;

    public IEnumerable<ServedCertificate> InForce => _slots.Select(static slot => slot.InForce);

    /// <summary>By the name that the client asks for (SNI); the first for a client that names none, or one that none covers.</summary>
    public ServedCertificate Select(string? name)
    {
        if (!string.IsNullOrEmpty(name))
        {
            foreach (var slot in _slots)
            {
                if (slot.InForce.Covers(name))
                    return slot.InForce;
            }
        }

        return _slots[0].InForce;
    }

    /// <summary>Looks at every file once. A content that was refused is not judged, and not logged, a second time.</summary>
    public void Refresh()
    {
        foreach (var slot in _slots)
        {
            var digest = ServedCertificate.DigestOf(slot.Options);
            if (digest == slot.LastSeen)
                continue;
            slot.LastSeen = digest;
            Replace(slot);
        }
    }

    /// <summary>What an operator has to look at; empty: nothing.</summary>
    public IEnumerable<string> Complaints()
    {
        var now = _clock.GetUtcNow();
        foreach (var slot in _slots)
        {
            // Why stands in the log: paths are not for everybody who may read health.
            if (slot.IsRefusing)
                yield return $"A new certificate for {NameOf(slot.InForce)} is refused, the one before stays.";
            var left = slot.InForce.NotAfter - now;
            if (left <= TimeSpan.Zero)
                yield return $"The certificate of {NameOf(slot.InForce)} expired at {slot.InForce.NotAfter:u}.";
            else if (left <= _options.WarnBefore)
                yield return $"The certificate of {NameOf(slot.InForce)} expires at {slot.InForce.NotAfter:u}.";
        }
    }

    public static string NameOf(ServedCertificate certificate) => certificate.Names.Count > 0 ? certificate.Names[0] : "an address";

    private void Replace(Slot slot)
    {
        try
        {
            // The one before is not disposed: handshakes under way may still hold it.
            slot.InForce = ServedCertificate.Read(slot.Options, _clock.GetUtcNow());
            slot.IsRefusing = false;
            _metrics.CertificateRead(taken: true);
            _logger.CertificateReplaced(NameOf(slot.InForce), slot.InForce.NotAfter);
        }
        catch (CertificateRefusedException refused)
        {
            slot.IsRefusing = true;
            _metrics.CertificateRead(taken: false);
            _logger.CertificateRefused(refused.Message);
        }
    }

    private sealed class Slot(CertificateOptions options, ServedCertificate first)
    {
        private volatile ServedCertificate _inForce = first;

        public CertificateOptions Options => options;

        public ServedCertificate InForce
        {
            get => _inForce;
            set => _inForce = value;
        }

        public string LastSeen { get; set; } = first.Digest;

        public bool IsRefusing { get; set; }
    }
}

/// <summary>Degraded, not unhealthy: a restart would not help, and clients that came before still hold their sessions.</summary>
internal sealed class CertificatesHealthCheck(CertificateStore certificates) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        var complaints = string.Join(' ', certificates.Complaints());
        return Task.FromResult(complaints.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(complaints));
    }
}
