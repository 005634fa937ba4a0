using Slipway.ServiceDefaults.Health;

namespace Slipway.Api.Cache;

/// <summary>What became of reads since the start, for <c>/health/detailed</c>.</summary>
internal sealed class CacheDetail(RedisBodies redis, CacheMetrics metrics, LastKnown lastKnown) : IHealthDetail
{
    public string Name => "cache";

    public object Read() => new
    {
        Circuit = redis.IsSkipped ? "open" : "closed",
        Reads = metrics.Totals,
        StaleReads = metrics.StaleTotal,
        LastKnown = new { lastKnown.Count, lastKnown.Bytes },
    };
}
