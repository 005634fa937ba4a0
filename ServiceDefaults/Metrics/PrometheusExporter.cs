using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>Turns what the SDK has collected into text. Without <see cref="IPullMetricExporter"/> the reader would refuse to be asked.</summary>
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    /// <inheritdoc/>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>In which the next collection is written.</summary>
    public MetricsFormat Format { get; set; }

    /// <summary>Of the last collection; null when it failed.</summary>
    public string? Text { get; set; }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var families = new SortedDictionary<string, (MetricName Name, List<Metric> Metrics)>(StringComparer.Ordinal);
        foreach (var metric in batch)
        {
            var name = MetricNames.Of(metric);
            if (!families.TryGetValue(name.Name, out var family))
                families.Add(name.Name, family = (name, []));
            // A family has one type and one unit; what contradicts the first of its name can't be told under it.
            if (family.Name == name)
                family.Metrics.Add(metric);
        }

        var text = new MetricsText(Format);
        text.Target(ParentProvider.GetResource());
        foreach (var (name, metrics) in families.Values)
            text.Family(name, metrics);
        Text = text.End();
        return ExportResult.Success;
    }
}
