using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>Collects one at a time, for all who ask for the same format meanwhile, and lets nobody wait for long.</summary>
internal sealed class Scrapes : IDisposable
{
    private readonly PrometheusExporter _exporter = new();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<MetricsFormat, Task<string?>> _running = [];
    private readonly MetricsOptions _options;
    private readonly TimeProvider _clock;

    public Scrapes(IOptions<MetricsOptions> options, TimeProvider clock)
    {
        (_options, _clock) = (options.Value, clock);
        Reader = new BaseExportingMetricReader(_exporter) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };
    }

    /// <summary>For the SDK's provider of meters.</summary>
    public BaseExportingMetricReader Reader { get; }

    /// <returns>Null when the collection failed.</returns>
    /// <exception cref="TimeoutException">It has not ended in time; it goes on.</exception>
    public Task<string?> GetAsync(MetricsFormat format, CancellationToken cancellationToken)
    {
        Task<string?>? running;
        lock (_lock)
        {
            if (!_running.TryGetValue(format, out running))
                _running[format] = running = Task.Run(() => CollectAsync(format), CancellationToken.None);
        }

        return running.WaitAsync(_options.ScrapeTimeout, _clock, cancellationToken);
    }

    public void Dispose() => _turn.Dispose();

    private async Task<string?> CollectAsync(MetricsFormat format)
    {
        await _turn.WaitAsync();
        try
        {
            _exporter.Format = format;
            _exporter.Text = null;
            return Reader.Collect((int)_options.ScrapeTimeout.TotalMilliseconds) ? _exporter.Text : null;
        }
        finally
        {
            lock (_lock)
                _running.Remove(format);
            _turn.Release();
        }
    }
}
