using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Edge.Headers;

/// <summary>Headers that tell browsers what an answer may do. One that a destination set itself stays.</summary>
internal sealed class HeaderOptions
{
    public static readonly IList<string> DefaultPagePaths = ["/docs"];

    /// <summary>Content-Security-Policy of everything but pages: nothing may be loaded, framed or sent. Empty: none is set.</summary>
    public string ContentSecurityPolicy { get; set; } = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>
    /// Content-Security-Policy below <see cref="PagePaths"/>: scripts, styles and requests of the same origin only; pictures may stand in the style
    /// sheet. Nothing inline but one style, by its hash: the colours within the logo of Swagger UI 11.0.1.
    /// </summary>
    public string PageContentSecurityPolicy { get; set; } =
        "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Paths below which pages are served; null: /docs.</summary>
    public IList<string>? PagePaths { get; set; }

    /// <summary>Referrer-Policy: what other hosts learn of the page that a link to them stands on.</summary>
    [Required]
    public string ReferrerPolicy { get; set; } = "no-referrer";

    /// <summary>Permissions-Policy: what no page of this host needs.</summary>
    [Required]
    public string PermissionsPolicy { get; set; } = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
}
