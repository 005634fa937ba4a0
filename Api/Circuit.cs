namespace Slipway.Api.Cache;

/// <summary>Keeps requests away from a cache that has just failed.</summary>
/// <param name="skipFor">How long after a failure.</param>
/// <param name="clock">The time.</param>
internal sealed class CacheCircuit(TimeSpan skipFor, TimeProvider clock)
{
    /// <summary>Zero while the cache works; else the timestamp of the last failure, or of the last request that was sent to try it.</summary>
    private long _failedAt;

    /// <summary>True when the cache may be asked; after a failure, for one request each time that the wait has passed.</summary>
    public bool TryEnter()
    {
        var failedAt = Volatile.Read(ref _failedAt);
        return failedAt == 0
            || (clock.GetElapsedTime(failedAt) >= skipFor && Interlocked.CompareExchange(ref _failedAt, Now(), failedAt) == failedAt);
    }

    /// <returns>True when this was the first failure after the cache worked.</returns>
    public bool Fail() => Interlocked.Exchange(ref _failedAt, Now()) == 0;

    /// <returns>True when the cache had failed before.</returns>
    public bool Succeed() => Volatile.Read(ref _failedAt) != 0 && Interlocked.Exchange(ref _failedAt, 0) != 0;

    private long Now() => Math.Max(1, clock.GetTimestamp());
}
