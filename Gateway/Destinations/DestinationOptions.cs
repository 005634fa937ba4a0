using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Destinations;

/// <summary>Where requests go and how a destination is judged.</summary>
internal sealed class DestinationOptions
{
    /// <summary>Name of the service in <c>services:&lt;name&gt;:…</c>.</summary>
    [Required]
    public string Service { get; set; } = "api";

    /// <summary>Name of the service's endpoint in <c>services:&lt;name&gt;:&lt;endpoint&gt;:&lt;n&gt;</c>.</summary>
    [Required]
    public string Endpoint { get; set; } = "http";

    /// <summary>Path that each destination is asked for; any 2xx is healthy.</summary>
    [Required, RegularExpression("^/.*")]
    public string HealthPath { get; set; } = "/health/readiness";

    /// <summary>Time between two probes of a destination: 100 ms to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time after which a probe without an answer has failed: 50 ms to 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Failed probes in a row that make a destination unhealthy; one good probe makes it healthy again.</summary>
    [Range(1, 100)]
    public int ProbeThreshold { get; set; } = 2;

    /// <summary>Share of the requests of the last <see cref="FailureWindow"/> that got no HTTP answer at which a destination's circuit opens, above 0 to 1.</summary>
    [Range(0.01, 1.0)]
    public double FailureRate { get; set; } = 0.3;

    /// <summary>Time over which <see cref="FailureRate"/> is taken: 1 second to 10 minutes. Fewer than 10 requests in it judge nothing.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan FailureWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests in a row without an HTTP answer at which a destination's circuit opens, however few there were.</summary>
    [Range(1, 1000)]
    public int FailuresInARow { get; set; } = 5;

    /// <summary>Time after which a destination whose circuit is open is tried by one request: 100 ms to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan ReactivationPeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Requests under way at one destination, streams included; further ones go to others or are answered 503 at once, so that a destination that
    /// hangs can't take all. They don't queue: waiting would only add to what it is behind with.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxConcurrentRequests { get; set; } = 1000;
}
