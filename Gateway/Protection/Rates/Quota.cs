namespace Slipway.Gateway.Protection.Rates;

/// <summary>One limit, counted by the generic cell rate algorithm (ITU-T I.371): a debt in time instead of a counter and a window.</summary>
/// <remarks>
/// Each request adds <see cref="Interval"/> to a client's debt, time takes it off, and a request that would bring it over
/// <see cref="Tolerance"/> is refused and adds nothing. One number per client, no edge of a window at which twice the limit slips through.
/// In any stretch of time T at most <c>Burst + T / Interval</c> requests pass. All times in microseconds.
/// </remarks>
internal sealed class Quota
{
    private const long MicrosecondsPerSecond = 1_000_000;

    /// <param name="name">As clients see it: <c>client-minute</c>.</param>
    /// <param name="requests">In a window.</param>
    /// <param name="windowSeconds">Length of the window.</param>
    /// <param name="burst">Part of <paramref name="requests"/> that may pass at once, 0 to 1; at least one request may.</param>
    public Quota(string name, int requests, int windowSeconds, double burst)
    {
        Name = name;
        Requests = requests;
        WindowSeconds = windowSeconds;
        // Rounded up: never more than the limit.
        Interval = (windowSeconds * MicrosecondsPerSecond + requests - 1) / requests;
        Burst = Math.Max(1, (int)(requests * burst));
        Tolerance = Burst * Interval;
    }

    public string Name { get; }

    public int Requests { get; }

    public int WindowSeconds { get; }

    /// <summary>Requests that may pass at once.</summary>
    public int Burst { get; }

    /// <summary>What one request adds to the debt.</summary>
    public long Interval { get; }

    /// <summary>The largest debt.</summary>
    public long Tolerance { get; }

    /// <param name="debt">Before the request; more than <see cref="Tolerance"/> counts as that.</param>
    /// <param name="requests">How many at once.</param>
    public bool Allows(long debt, int requests = 1) => debt + requests * Interval <= Tolerance;

    /// <summary>Requests that would pass at once now.</summary>
    public long Remaining(long debt) => Math.Max(0, (Tolerance - debt) / Interval);

    /// <summary>Time until a request would pass; zero: it would now.</summary>
    public long Wait(long debt) => Math.Max(0, debt + Interval - Tolerance);

    /// <summary>
    /// Seconds for which a client should be content with what remains, rounded up: so many that the two never suggest more than the limit's own rate;
    /// when nothing remains, those until one request would pass.
    /// </summary>
    public long EffectiveWindowSeconds(long debt)
    {
        var time = Remaining(debt) is > 0 and var remaining ? remaining * Interval : Wait(debt);
        return Math.Max(1, (time + MicrosecondsPerSecond - 1) / MicrosecondsPerSecond);
    }
}
