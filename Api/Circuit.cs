namespace Slipway.Api;

/// <summary>Keeps requests away from a dependency that has just failed.</summary>
/// <param name="skipFor">How long after a failure.</param>
/// <param name="clock">The time.</param>
/// <param name="failures">How many in a row open it.</param>
internal sealed class Circuit(TimeSpan skipFor, TimeProvider clock, int failures = 1)
{
    /// <summary>Zero while the dependency works; else the timestamp of the last failure, or of the last request that was sent to try it.</summary>
    private long _failedAt;
    private int _inARow;

    public bool IsOpen => Volatile.Read(ref _failedAt) != 0;

    /// <summary>True when the dependency may be asked; while it is open, for one request each time that the wait has passed.</summary>
    public bool TryEnter()
    {
        var failedAt = Volatile.Read(ref _failedAt);
        return failedAt == 0
            || (clock.GetElapsedTime(failedAt) >= skipFor && Interlocked.CompareExchange(ref _failedAt, Now(), failedAt) == failedAt);
    }

    /// <returns>True when it opened by this failure.</returns>
    public bool Fail() => (Interlocked.Increment(ref _inARow) >= failures || IsOpen) && Interlocked.Exchange(ref _failedAt, Now()) == 0;

    /// <returns>True when it had been open.</returns>
    public bool Succeed()
    {
        if (Volatile.Read(ref _inARow) != 0)
        {
            Volatile.Write(ref _inARow, 0);
        }

        return IsOpen && Interlocked.Exchange(ref _failedAt, 0) != 0;
    }

    private long Now() => Math.Max(1, clock.GetTimestamp());
}
