using System.ComponentModel.DataAnnotations;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.SessionAffinity;

namespace Slipway.Gateway.Edge.Affinity;

/// <summary>Keeps a browser with the destination that served it first.</summary>
internal sealed class AffinityOptions
{
    /// <summary>False, the default: each request goes where there is least to do.</summary>
    public bool Enabled { get; set; }

    /// <summary>Name of the cookie.</summary>
    [Required, RegularExpression("^[A-Za-z0-9_.-]{1,64}$")]
    public string CookieName { get; set; } = "slipway-destination";

    /// <summary>How long the browser keeps the cookie: 1 minute to 30 days; null: until it is closed.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan? MaxAge { get; set; }

    /// <summary>
    /// The cookie holds a hash of the destination's address: no key has to survive a restart or be shared by several Gateways, and a forged one
    /// chooses at most another destination. It is not a secret: whoever knows the possible addresses can tell which one it was.
    /// </summary>
    /// <returns>Null while it is off.</returns>
    public SessionAffinityConfig? Compile() => !Enabled ? null : new SessionAffinityConfig
    {
        Enabled = true,
        Policy = SessionAffinityConstants.Policies.ArrCookie,
        // A destination that has gone or is unhealthy: another one, and a new cookie.
        FailurePolicy = SessionAffinityConstants.FailurePolicies.Redistribute,
        AffinityKeyName = CookieName,
        Cookie = new SessionAffinityCookieConfig
        {
            Path = "/",
            HttpOnly = true,
            SecurePolicy = CookieSecurePolicy.Always,
            SameSite = SameSiteMode.Lax,
            MaxAge = MaxAge,
        },
    };
}
