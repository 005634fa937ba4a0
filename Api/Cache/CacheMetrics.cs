using System.Diagnostics.Metrics;

namespace Slipway.Api.Cache;

/// <summary>Counts what became of each read: <c>slipway.api.cache.reads</c> by <c>kind</c> and <c>outcome</c> (hit, miss, skipped, failed).</summary>
internal sealed class CacheMetrics(IMeterFactory meters)
{
    public const string MeterName = "Slipway.Api.Cache";

    private readonly Counter<long> _reads = meters.Create(MeterName)
        .CreateCounter<long>("slipway.api.cache.reads", "{read}", "Reads of bodies that may be cached, by what became of them.");

    public void Count(string kind, string outcome) => _reads.Add(1, new("kind", kind), new("outcome", outcome));
}
