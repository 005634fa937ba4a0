using OpenTelemetry.Metrics;
using Slipway.ServiceDefaults.Metrics;

namespace Slipway.ServiceDefaults.Tests.Metrics;

public sealed class MetricNamesTests
{
    [Theory]
    [InlineData("http.server.request.duration", "s", MetricType.Histogram, "http_server_request_duration_seconds", nameof(MetricKind.Histogram), "seconds", 1)]
    [InlineData("old.duration", "ms", MetricType.Histogram, "old_duration_seconds", nameof(MetricKind.Histogram), "seconds", 0.001)]
    [InlineData("http.server.active_requests", "{request}", MetricType.LongSumNonMonotonic, "http_server_active_requests", nameof(MetricKind.Gauge), null, 1)]
    [InlineData("dotnet.gc.collections", "{collection}", MetricType.LongSum, "dotnet_gc_collections", nameof(MetricKind.Counter), null, 1)]
    [InlineData("requests_total", null, MetricType.LongSum, "requests", nameof(MetricKind.Counter), null, 1)]
    [InlineData("dotnet.process.cpu.time", "s", MetricType.DoubleSum, "dotnet_process_cpu_time_seconds", nameof(MetricKind.Counter), "seconds", 1)]
    [InlineData("memory_bytes", "By", MetricType.LongGauge, "memory_bytes", nameof(MetricKind.Gauge), "bytes", 1)]
    [InlineData("cache.size", "KiBy", MetricType.LongGauge, "cache_size_bytes", nameof(MetricKind.Gauge), "bytes", 1024)]
    [InlineData("hits", "1", MetricType.DoubleGauge, "hits_ratio", nameof(MetricKind.Gauge), "ratio", 1)]
    [InlineData("hits", "1", MetricType.LongSum, "hits", nameof(MetricKind.Counter), null, 1)]
    [InlineData("load", "%", MetricType.DoubleGauge, "load_ratio", nameof(MetricKind.Gauge), "ratio", 0.01)]
    [InlineData("dotnet.thread_pool.thread.count", "{thread}", MetricType.LongSum, "dotnet_thread_pool_threads", nameof(MetricKind.Gauge), null, 1)]
    [InlineData("strange.count", "{x}", MetricType.LongGauge, "strange_current", nameof(MetricKind.Gauge), null, 1)]
    [InlineData("queue.total", "{x}", MetricType.LongGauge, "queue_current", nameof(MetricKind.Gauge), null, 1)]
    [InlineData("Camel-Case..and:colon", null, MetricType.LongGauge, "camel_case_and_colon", nameof(MetricKind.Gauge), null, 1)]
    [InlineData("9lives", null, MetricType.LongGauge, "_9lives", nameof(MetricKind.Gauge), null, 1)]
    public void Instrument_OfEachKind_GetsPrometheusName(string instrument, string? unit, MetricType type, string name, string kind, string? word, double scale)
    {
        Assert.Equal(new MetricName(name, Enum.Parse<MetricKind>(kind), word, scale), MetricNames.Of(instrument, unit, type));
    }
}
