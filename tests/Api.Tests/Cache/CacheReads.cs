using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Slipway.Api.Cache;

namespace Slipway.Api.Tests.Cache;

/// <summary>What became of the reads of one kind in this process, as the metric tells it.</summary>
internal sealed class CacheReads : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<string> _outcomes = new();

    /// <param name="kind">Each test class reads a kind that no class beside it does, or runs alone.</param>
    public CacheReads(string kind)
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == CacheMetrics.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            if ((string?)tags[0].Value == kind)
            {
                _outcomes.Enqueue((string)tags[1].Value!);
            }
        });
        _listener.Start();
    }

    public string[] Outcomes => [.. _outcomes];

    public void Dispose() => _listener.Dispose();
}
