using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Edge.Headers;

/// <summary>Headers that tell browsers what an answer may do. One that a destination set itself stays.</summary>
internal sealed class HeaderOptions
{
    /// <summary>Content-Security-Policy of everything but pages: nothing may be loaded, framed or sent. Empty: none is set.</summary>
    public string ContentSecurityPolicy { get; set; } = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>
    /// Content-Security-Policy below <see cref="PagePaths"/>: scripts, styles and requests of the same origin only, nothing inline; pictures may
    /// stand in the style sheet.
    /// </summary>
    public string PageContentSecurityPolicy { get; set; } =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Paths below which pages are served.</summary>
    public IList<string> PagePaths { get; set; } = ["/docs"];

    [Required]
    public string ReferrerPolicy { get; set; } = "no-referrer";

    /// <summary>What no page of this host needs.</summary>
    [Required]
    public string PermissionsPolicy { get; set; } = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
}
