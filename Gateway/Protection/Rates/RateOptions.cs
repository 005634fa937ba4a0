using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Slipway.Gateway.Protection.Rates;

/// <summary>Requests per time; each that is set counts by itself, and a request must pass all of them.</summary>
internal class RateOptions
{
    /// <summary>Requests in a second; null: no such limit.</summary>
    [Range(1, 1_000_000)]
    public int? PerSecond { get; set; }

    /// <summary>Requests in a minute; null: no such limit.</summary>
    [Range(1, 60_000_000)]
    public int? PerMinute { get; set; }

    /// <summary>Requests in an hour; null: no such limit.</summary>
    [Range(1, 1_000_000_000)]
    public int? PerHour { get; set; }

    /// <summary>
    /// The part of each limit that may be used at once after a rest: 0.01 to 1. With 1 a client may send a whole minute's requests in one moment and
    /// then goes on at the steady rate, so that no stretch of a minute ever sees more than twice the limit; with 0.1, no more than 1.1 times.
    /// </summary>
    [Range(0.01, 1.0)]
    public double Burst { get; set; } = 1.0;
}

/// <summary>The rates of one client.</summary>
internal sealed class NamedClientOptions : RateOptions, IValidatableObject
{
    /// <summary><c>key:&lt;prefix&gt;</c>, <c>jwt:&lt;subject&gt;</c> or <c>address:&lt;IP address&gt;</c>; of an IPv6 address the first 64 bits count.</summary>
    [Required]
    [StringLength(128)]
    public string Name { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var colon = Name.IndexOf(':', StringComparison.Ordinal);
        var known = colon > 0 && Name.Length > colon + 1 && Name[..colon] switch
        {
            "key" or "jwt" => true,
            "address" => IPAddress.TryParse(Name[(colon + 1)..], out _),
            _ => false,
        };
        if (!known)
            yield return new ValidationResult($"Name: '{Name}' is not key:<prefix>, jwt:<subject> or address:<IP address>.", [nameof(Name)]);
    }
}

/// <summary>The rates and the priority of a part of the application.</summary>
internal sealed class RouteLimitOptions : RateOptions
{
    /// <summary>Stands in the names of the limits (<c>route-NAME-minute</c>) that clients, figures and Redis see.</summary>
    [Required]
    [RegularExpression("^[a-z0-9-]{1,32}$")]
    public string Name { get; set; } = "";

    /// <summary>The beginning of the paths in whole segments: <c>/applications</c> covers <c>/applications/1</c>, not <c>/applicationsX</c>.</summary>
    [Required]
    [RegularExpression("^/[\\x21-\\x7e]*$")]
    public string Path { get; set; } = "";

    /// <summary>For these methods; empty: for all.</summary>
    public IList<string> Methods { get; set; } = [];

    /// <summary>True counts all clients together; false, the default, each for itself.</summary>
    public bool Together { get; set; }

    /// <summary>Who goes first when not all can be served; null: by what the request is.</summary>
    [EnumDataType(typeof(Load.RequestPriority))]
    public Load.RequestPriority? Priority { get; set; }
}

/// <summary>How much a request may lose by asking Redis.</summary>
internal sealed class SharedLimitOptions
{
    /// <summary>Longest time that a request waits for Redis; then it is counted here, and so are all others until Redis answers again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.005", "00:00:01")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often Redis is tried while it is away, beside the requests.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>The bounds of counting in the Gateway's own memory.</summary>
internal sealed class LocalLimitOptions
{
    /// <summary>Limits counted at most, one for each client and policy; beyond it those that were used least are forgotten.</summary>
    [Range(100, 10_000_000)]
    public int MaxEntries { get; set; } = 20_000;
}
