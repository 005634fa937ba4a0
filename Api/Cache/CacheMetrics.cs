using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Slipway.Api.Cache;

/// <summary>Counts what became of each read: <c>slipway.api.cache.reads</c> by <c>kind</c> and <c>outcome</c> (memory: this replica's; hit: Redis'; unsound: there, but not what was stored; miss, skipped, failed).</summary>
internal sealed class CacheMetrics
{
    public const string MeterName = "Slipway.Api.Cache";

    private readonly ConcurrentDictionary<string, long> _totals = new(StringComparer.Ordinal);
    private readonly Counter<long> _reads;
    private readonly Counter<long> _stale;
    private long _staleTotal;

    public CacheMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _reads = meter.CreateCounter<long>("slipway.api.cache.reads", "{read}", "Reads of bodies that may be cached, by what became of them.");
        _stale = meter.CreateCounter<long>("slipway.api.reads.stale", "{read}", "Reads answered with the last known state while PostgreSQL was away, by kind and source.");
    }

    /// <summary>By outcome, since the start.</summary>
    public IReadOnlyDictionary<string, long> Totals => new SortedDictionary<string, long>(_totals, StringComparer.Ordinal);

    public long StaleTotal => Interlocked.Read(ref _staleTotal);

    public void Count(string kind, string outcome)
    {
        _reads.Add(1, new("kind", kind), new("outcome", outcome));
        _totals.AddOrUpdate(outcome, 1, static (_, total) => total + 1);
    }

    public void CountStale(string kind, string source)
    {
        _stale.Add(1, new("kind", kind), new("source", source));
        Interlocked.Increment(ref _staleTotal);
    }
}
