using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Edge.Headers;

/// <summary>How clients are brought to https and kept there.</summary>
internal sealed class HttpsOptions
{
    /// <summary>
    /// True answers http with 308 to https; false never does. Null, the default: true where the Gateway has certificates of its own. Behind a
    /// trusted proxy that ends TLS, its X-Forwarded-Proto counts.
    /// </summary>
    public bool? Redirect { get; set; }

    /// <summary>Port in the redirect's address; null: that of the first https address of the Gateway, and 443 without one.</summary>
    [Range(1, 65535)]
    public int? Port { get; set; }

    /// <summary>How long browsers shall come by https only (RFC 6797), told over https outside Development: 0 to 2 years; zero takes it back.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "731.00:00:00")]
    public TimeSpan HstsMaxAge { get; set; } = TimeSpan.FromDays(365);

    /// <summary>True: for every host below this one too.</summary>
    public bool HstsIncludeSubdomains { get; set; }

    /// <summary>True consents to the lists that browsers ship; hard to take back. Needs a year and the subdomains.</summary>
    public bool HstsPreload { get; set; }
}
