using System.Text;
using OpenTelemetry.Metrics;

namespace Slipway.ServiceDefaults.Metrics;

internal enum MetricKind
{
    Gauge,
    Counter,
    Histogram,
}

/// <summary>What a family of series is called, what it is and in what its values are counted.</summary>
/// <param name="Name">Of the family; a counter's series add <c>_total</c>.</param>
/// <param name="Kind">By Prometheus' types.</param>
/// <param name="Unit">Which the name ends with; null: none.</param>
/// <param name="Scale">By what values are multiplied to come in <paramref name="Unit"/>.</param>
internal readonly record struct MetricName(string Name, MetricKind Kind, string? Unit, double Scale);

/// <summary>
/// Names of OpenTelemetry as names of Prometheus, by the rules of OpenTelemetry's "Prometheus and OpenMetrics compatibility": snake case, the unit in
/// words at the end. Beyond them values come in base units, and names that promtool's lint would complain of are changed.
/// </summary>
internal static class MetricNames
{
    /// <summary>By UCUM code.</summary>
    private static readonly Dictionary<string, (string Word, double Scale)> s_units = new(StringComparer.Ordinal)
    {
        ["s"] = ("seconds", 1), ["ms"] = ("seconds", 1e-3), ["us"] = ("seconds", 1e-6), ["ns"] = ("seconds", 1e-9),
        ["min"] = ("seconds", 60), ["h"] = ("seconds", 3600), ["d"] = ("seconds", 86400),
        ["By"] = ("bytes", 1), ["KiBy"] = ("bytes", 1024), ["MiBy"] = ("bytes", 1024 * 1024), ["GiBy"] = ("bytes", 1024L * 1024 * 1024),
        ["KBy"] = ("bytes", 1e3), ["MBy"] = ("bytes", 1e6), ["GBy"] = ("bytes", 1e9),
        ["%"] = ("ratio", 1e-2), ["By/s"] = ("bytes_per_second", 1),
    };

    /// <summary>Of the runtime and of libraries: what ends in <c>count</c> must be a histogram's part by Prometheus' rules.</summary>
    private static readonly Dictionary<string, string> s_plurals = new(StringComparer.Ordinal)
    {
        ["dotnet.process.cpu.count"] = "dotnet_process_cpus",
        ["dotnet.thread_pool.thread.count"] = "dotnet_thread_pool_threads",
        ["dotnet.timer.count"] = "dotnet_timers",
        ["dotnet.assembly.count"] = "dotnet_assemblies",
        ["process.thread.count"] = "process_threads",
        ["process.unix.file_descriptor.count"] = "process_open_fds",
        ["process.unix.file_descriptor.limit"] = "process_max_fds",
        ["dotnet.thread_pool.work_item.count"] = "dotnet_thread_pool_work_items",
        ["db.client.connection.count"] = "db_client_connections",
    };

    /// <summary>The runtime makes counters of them, although they fall.</summary>
    private static readonly HashSet<string> s_falling = new(StringComparer.Ordinal) { "dotnet.thread_pool.thread.count", "dotnet.thread_pool.queue.length" };

    public static MetricName Of(Metric metric) => Of(metric.Name, metric.Unit, metric.MetricType);

    internal static MetricName Of(string instrument, string? code, MetricType type)
    {
        var kind = KindOf(instrument, type);
        var name = s_plurals.TryGetValue(instrument, out var known) ? known : Snake(instrument);
        var (unit, scale) = UnitOf(code, kind);
        if (kind == MetricKind.Counter)
            name = Without(name, "_total");
        if (unit is not null)
            name = $"{Without(name, "_" + unit)}_{unit}";
        return new MetricName(kind == MetricKind.Gauge ? Unreserved(name) : name, kind, unit, scale);
    }

    /// <summary>Letters, digits and single underlines, not beginning with a digit.</summary>
    public static string Label(string name) => Snake(name);

    private static MetricKind KindOf(string instrument, MetricType type) => type switch
    {
        MetricType.Histogram or MetricType.ExponentialHistogram => MetricKind.Histogram,
        MetricType.LongSum or MetricType.DoubleSum when !s_falling.Contains(instrument) => MetricKind.Counter,
        _ => MetricKind.Gauge,
    };

    private static (string? Unit, double Scale) UnitOf(string? code, MetricKind kind) =>
        code is null ? (null, 1.0)
        : s_units.TryGetValue(code, out var unit) ? (unit.Word, unit.Scale)
        : code == "1" && kind == MetricKind.Gauge ? ("ratio", 1.0)
        : (null, 1.0);

    /// <summary>These endings belong to histograms and counters.</summary>
    private static string Unreserved(string name)
    {
        foreach (var reserved in (ReadOnlySpan<string>)["_count", "_sum", "_bucket", "_total", "_created", "_info"])
        {
            if (name.EndsWith(reserved, StringComparison.Ordinal) && name.Length > reserved.Length)
                return name[..^reserved.Length] + "_current";
        }

        return name;
    }

    private static string Without(string name, string ending) =>
        name.EndsWith(ending, StringComparison.Ordinal) && name.Length > ending.Length ? name[..^ending.Length] : name;

    private static string Snake(string name)
    {
        var snake = new StringBuilder(name.Length);
        for (var at = 0; at < name.Length; at++)
        {
            var character = name[at];
            if (char.IsAsciiLetterUpper(character) && at > 0 && char.IsAsciiLetterLower(name[at - 1]))
                snake.Append('_');
            if (char.IsAsciiLetterOrDigit(character))
                snake.Append(char.ToLowerInvariant(character));
            else if (snake.Length == 0 || snake[^1] != '_')
                snake.Append('_');
        }

        return snake.Length == 0 ? "_" : char.IsAsciiDigit(snake[0]) ? $"_{snake}" : snake.ToString();
    }
}
