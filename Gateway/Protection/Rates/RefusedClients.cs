using System.Collections.Concurrent;

namespace Slipway.Gateway.Protection.Rates;

/// <summary>Remembers whom Redis has just refused, so that a flood of requests over the limit does not become a flood at Redis.</summary>
/// <remarks>Exact: until a refused client's time has come his debt can only grow, whoever else counts. Bounded in entries and in time.</remarks>
internal sealed class RefusedClients(TimeProvider clock)
{
    private const int MaxEntries = 10_000;

    /// <summary>Redis is asked again after this time at the latest: it may have been emptied meanwhile.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(LimitSet Set, string Client), Refusal> _refused = new();
    private int _count;

    public LimitDecision? Find(AppliedLimits limits)
    {
        var key = (limits.Set, limits.Client);
        if (_count == 0 || !_refused.TryGetValue(key, out var refusal))
            return null;
        var since = clock.GetElapsedTime(refusal.At);
        if (since < refusal.For)
            return new LimitDecision(false, Array.ConvertAll(refusal.Debts, debt => Math.Max(0, debt - since.Ticks / TimeSpan.TicksPerMicrosecond)), DecidedBy.Remembered);
        if (_refused.TryRemove(KeyValuePair.Create(key, refusal)))
            Interlocked.Decrement(ref _count);
        return null;
    }

    public void Remember(AppliedLimits limits, LimitDecision decision)
    {
        var wait = 0L;
        for (var i = 0; i < decision.Debts.Length; i++)
            wait = Math.Max(wait, limits.Quotas[i].Wait(decision.Debts[i]));
        var time = TimeSpan.FromMicroseconds(wait);
        if (_count >= MaxEntries)
            Forget();
        if (_refused.TryAdd((limits.Set, limits.Client), new Refusal(clock.GetTimestamp(), time < s_longest ? time : s_longest, decision.Debts)))
            Interlocked.Increment(ref _count);
    }

    /// <summary>All of it: each entry only saves one question to Redis.</summary>
    private void Forget()
    {
        _refused.Clear();
        Volatile.Write(ref _count, 0);
    }

    private sealed record Refusal(long At, TimeSpan For, long[] Debts);
}
