using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>The two text formats that Prometheus reads.</summary>
internal enum MetricsFormat
{
    /// <summary>Prometheus text format 0.0.4.</summary>
    Prometheus,

    /// <summary>OpenMetrics 1.0, which can carry exemplars.</summary>
    OpenMetrics,
}

/// <summary>Writes families of series as text.</summary>
internal sealed class MetricsText(MetricsFormat format)
{
    private readonly StringBuilder _text = new();

    private bool IsOpenMetrics => format == MetricsFormat.OpenMetrics;

    /// <summary>The resource's attributes as one series that others can be joined with.</summary>
    public void Target(Resource resource)
    {
        Header(IsOpenMetrics ? "target" : "target_info", IsOpenMetrics ? "info" : "gauge", null, "What the process is.");
        _text.Append("target_info");
        Labels(resource.Attributes.Select(static attribute => KeyValuePair.Create(attribute.Key, (object?)attribute.Value)), null, null);
        _text.Append(" 1\n");
    }

    /// <param name="name">Of all its metrics.</param>
    /// <param name="metrics">More than one where several meters have an instrument of that name; then each series says of which meter it is.</param>
    public void Family(MetricName name, IReadOnlyList<Metric> metrics)
    {
        var series = name.Kind == MetricKind.Counter ? name.Name + "_total" : name.Name;
        var described = metrics.Select(static metric => metric.Description).FirstOrDefault(static text => !string.IsNullOrWhiteSpace(text));
        Header(
            IsOpenMetrics ? name.Name : series,
            name.Kind switch { MetricKind.Histogram => "histogram", MetricKind.Counter => "counter", _ => "gauge" },
            name.Unit,
            described ?? $"Instrument {metrics[0].Name} of {metrics[0].MeterName}.");
        foreach (var metric in metrics)
        {
            var meter = metrics.Count > 1 ? metric.MeterName : null;
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                if (name.Kind == MetricKind.Histogram)
                    Histogram(name, metric.MetricType, point, meter);
                else
                    Single(series, name, metric.MetricType, point, meter);
            }
        }
    }

    public string End()
    {
        if (IsOpenMetrics)
            _text.Append("# EOF\n");
        return _text.ToString();
    }

    private void Header(string name, string type, string? unit, string help)
    {
        _text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {type}\n");
        if (IsOpenMetrics && unit is not null)
            _text.Append(CultureInfo.InvariantCulture, $"# UNIT {name} {unit}\n");
        _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} ");
        Escaped(help, quotes: IsOpenMetrics);
        _text.Append('\n');
    }

    private void Single(string series, MetricName name, MetricType type, in MetricPoint point, string? meter)
    {
        _text.Append(series);
        Labels(point.Tags, meter, null);
        _text.Append(' ');
        Value(name.Scale * type switch
        {
            MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
            MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
            MetricType.LongGauge => point.GetGaugeLastValueLong(),
            _ => point.GetGaugeLastValueDouble(),
        });
        if (name.Kind == MetricKind.Counter && IsOpenMetrics && point.TryGetExemplars(out var exemplars))
            Exemplar(exemplars, isLong: type == MetricType.LongSum, name.Scale, double.NegativeInfinity, double.PositiveInfinity);
        _text.Append('\n');
    }

    private void Histogram(MetricName name, MetricType type, in MetricPoint point, string? meter)
    {
        var exemplars = default(ReadOnlyExemplarCollection);
        var hasExemplars = IsOpenMetrics && point.TryGetExemplars(out exemplars);
        // An exponential one has bounds that change as it grows, which makes no series: only its sum and count are told.
        if (type == MetricType.Histogram)
        {
            var lower = double.NegativeInfinity;
            long below = 0;
            foreach (var bucket in point.GetHistogramBuckets())
            {
                if (double.IsPositiveInfinity(bucket.ExplicitBound))
                    break;
                below += bucket.BucketCount;
                var upper = bucket.ExplicitBound;
                Bucket(name, point, meter, Number(upper * name.Scale), below);
                if (hasExemplars)
                    Exemplar(exemplars, isLong: false, name.Scale, lower, upper);
                _text.Append('\n');
                lower = upper;
            }

            Bucket(name, point, meter, "+Inf", point.GetHistogramCount());
            if (hasExemplars)
                Exemplar(exemplars, isLong: false, name.Scale, lower, double.PositiveInfinity);
        }
        else
        {
            Bucket(name, point, meter, "+Inf", point.GetHistogramCount());
        }

        _text.Append('\n').Append(name.Name).Append("_sum");
        Labels(point.Tags, meter, null);
        _text.Append(' ');
        Value(point.GetHistogramSum() * name.Scale);
        _text.Append('\n').Append(name.Name).Append("_count");
        Labels(point.Tags, meter, null);
        _text.Append(CultureInfo.InvariantCulture, $" {point.GetHistogramCount()}\n");
    }

    private void Bucket(MetricName name, in MetricPoint point, string? meter, string bound, long count)
    {
        _text.Append(name.Name).Append("_bucket");
        Labels(point.Tags, meter, bound);
        _text.Append(CultureInfo.InvariantCulture, $" {count}");
    }

    /// <summary>The newest one above <paramref name="lower"/> and up to <paramref name="upper"/>, where it names a trace.</summary>
    private void Exemplar(ReadOnlyExemplarCollection exemplars, bool isLong, double scale, double lower, double upper)
    {
        Exemplar? newest = null;
        foreach (ref readonly var candidate in exemplars)
        {
            var value = isLong ? candidate.LongValue : candidate.DoubleValue;
            if (value > lower && value <= upper && candidate.TraceId != default && (newest is not { } known || candidate.Timestamp > known.Timestamp))
                newest = candidate;
        }

        if (newest is not { } exemplar)
            return;
        _text.Append(CultureInfo.InvariantCulture, $" # {{trace_id=\"{exemplar.TraceId.ToHexString()}\",span_id=\"{exemplar.SpanId.ToHexString()}\"}} ");
        Value(scale * (isLong ? exemplar.LongValue : exemplar.DoubleValue));
        _text.Append(CultureInfo.InvariantCulture, $" {exemplar.Timestamp.ToUnixTimeMilliseconds() / 1000.0:0.000}");
    }

    private void Labels(ReadOnlyTagCollection tags, string? meter, string? bound)
    {
        if (tags.Count == 0 && meter is null && bound is null)
            return;
        var all = new List<KeyValuePair<string, object?>>(tags.Count);
        foreach (var tag in tags)
            all.Add(tag);
        Labels(all, meter, bound);
    }

    private void Labels(IEnumerable<KeyValuePair<string, object?>> tags, string? meter, string? bound)
    {
        // Two names may become one: then the values stand side by side, by the compatibility rules.
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            var label = MetricNames.Label(key);
            var text = value switch { bool flag => flag ? "true" : "false", _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "" };
            labels[label] = labels.TryGetValue(label, out var other) ? $"{other};{text}" : text;
        }

        if (meter is not null)
            labels["otel_scope_name"] = meter;
        if (bound is not null)
            labels["le"] = bound;
        var before = '{';
        foreach (var (label, text) in labels)
        {
            _text.Append(before).Append(label).Append("=\"");
            Escaped(text, quotes: true);
            _text.Append('"');
            before = ',';
        }

        if (before == ',')
            _text.Append('}');
    }

    private void Escaped(string text, bool quotes)
    {
        foreach (var character in text)
        {
            switch (character)
            {
                case '\\':
                    _text.Append("\\\\");
                    break;
                case '\n':
                    _text.Append("\\n");
                    break;
                case '"' when quotes:
                    _text.Append("\\\"");
                    break;
                default:
                    // A lone half of a surrogate pair is no text in UTF-8, and a carriage return ends a line for some readers.
                    _text.Append(char.IsControl(character) ? ' ' : character);
                    break;
            }
        }
    }

    private void Value(double value) => _text.Append(Number(value));

    /// <summary>OpenMetrics asks for canonical bounds: <c>1.0</c>.</summary>
    private string Number(double value)
    {
        if (double.IsNaN(value))
            return "NaN";
        if (double.IsInfinity(value))
            return value > 0 ? "+Inf" : "-Inf";
        // Fifteen digits: multiplied into another unit a fraction gains a sixteenth that nobody measured.
        var text = value.ToString(value == Math.Floor(value) ? "R" : "G15", CultureInfo.InvariantCulture);
        return IsOpenMetrics && text.All(static character => char.IsAsciiDigit(character) || character == '-') ? text + ".0" : text;
    }
}
