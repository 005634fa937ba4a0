using Slipway.Gateway.Edge.Maintenance;
using Slipway.Gateway.Edge.Tls;

namespace Slipway.Gateway.Edge;

/// <summary>Log ids 9500–9549.</summary>
internal static partial class EdgeLog
{
    [LoggerMessage(9500, LogLevel.Information, "The certificate of {Name} was replaced; the new one ends at {NotAfter}")]
    public static partial void CertificateReplaced(this ILogger<CertificateStore> logger, string name, DateTimeOffset notAfter);

    [LoggerMessage(9501, LogLevel.Error, "A new certificate is refused, the one before stays: {Reason}")]
    public static partial void CertificateRefused(this ILogger<CertificateStore> logger, string reason);

    [LoggerMessage(9502, LogLevel.Error, "Looking for new certificates failed; those in force stay")]
    public static partial void CertificateLookFailed(this ILogger<CertificateWatch> logger, Exception exception);

    [LoggerMessage(9503, LogLevel.Information, "HTTP/3 is not offered: this platform has no QUIC (libmsquic)")]
    public static partial void NoQuic(this ILogger<TlsListeners> logger);

    [LoggerMessage(9510, LogLevel.Warning, "Maintenance is on: every request but health probes is answered 503")]
    public static partial void MaintenanceOn(this ILogger<MaintenanceSwitch> logger);

    [LoggerMessage(9511, LogLevel.Information, "Maintenance is off")]
    public static partial void MaintenanceOff(this ILogger<MaintenanceSwitch> logger);

    [LoggerMessage(9512, LogLevel.Error, "The stored maintenance state at {Path} can't be read; the Gateway starts without maintenance")]
    public static partial void MaintenanceUnreadable(this ILogger<MaintenanceSwitch> logger, string path, Exception exception);

    [LoggerMessage(9520, LogLevel.Warning, "Paused: requests are held for up to {Seconds} s each")]
    public static partial void Paused(this ILogger<PauseGate> logger, double seconds);

    [LoggerMessage(9521, LogLevel.Information, "Resumed ({Reason}): {Held} held requests go on")]
    public static partial void Resumed(this ILogger<PauseGate> logger, string reason, int held);
}
