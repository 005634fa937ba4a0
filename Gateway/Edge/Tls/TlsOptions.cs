using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Edge.Tls;

/// <summary>The certificates of the Gateway's https addresses. Without any, https addresses take the certificate that Kestrel's own settings name.</summary>
internal sealed class TlsOptions
{
    /// <summary>In order: a client that names no host, or one that none covers, is shown the first.</summary>
    [ValidateEnumeratedItems]
    public IList<CertificateOptions> Certificates { get; set; } = [];

    /// <summary>Time between two looks at the files, whose new contents are taken up without a restart: 100 ms to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time before a certificate's end from which on health is degraded: 0 to 90 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "90.00:00:00")]
    public TimeSpan WarnBefore { get; set; } = TimeSpan.FromDays(14);

    /// <summary>True offers HTTP/3 beside HTTP/1.1 and HTTP/2 where the platform has QUIC (libmsquic); elsewhere it changes nothing.</summary>
    public bool Http3 { get; set; } = true;
}

/// <summary>One certificate with its key: a PEM pair, one PEM file with both, or a PFX file.</summary>
internal sealed class CertificateOptions
{
    /// <summary>A PEM file, the certificate first and then those that lead to its root, or a PFX file (<c>.pfx</c>, <c>.p12</c>).</summary>
    [Required]
    public string Path { get; set; } = "";

    /// <summary>PEM file of the key; null: it stands in <see cref="Path"/>.</summary>
    public string? KeyPath { get; set; }

    /// <summary>Of the key or the PFX file; null: it has none.</summary>
    public string? Password { get; set; }

    /// <summary>Host names that the certificate has to cover; a new file that lost one is refused. Empty: any name will do.</summary>
    public IList<string> Names { get; set; } = [];
}
