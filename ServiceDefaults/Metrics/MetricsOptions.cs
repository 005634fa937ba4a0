using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>What <c>/metrics</c> on the internal port tells; configuration section <c>Prometheus</c> (<c>Metrics</c> belongs to .NET).</summary>
public sealed class MetricsOptions
{
    public const string Section = "Prometheus";

    /// <summary>How long a collector waits for an answer at most; then 503. The collection goes on, and whoever asks meanwhile gets its result.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan ScrapeTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Series of one metric, by the values of its labels; what comes beyond them is counted in one series with the label <c>otel_metric_overflow</c>.</summary>
    [Range(10, 100_000)]
    public int MaxSeries { get; set; } = 1000;

    /// <summary>A folder whose disk is watched beside the root's. Null: the folder that the service was started from.</summary>
    public string? DataFolder { get; set; }
}

[OptionsValidator]
internal sealed partial class MetricsOptionsValidator : IValidateOptions<MetricsOptions>;
