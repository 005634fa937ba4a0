using System.Collections.Concurrent;

namespace Slipway.Gateway.Protection.Rates;

/// <summary>Takes several requests at once from Redis for a client that sends many, so that most of them need no question.</summary>
/// <remarks>
/// What is leased has been counted in Redis, so the Gateways together never grant more than the limit. Of the burst each Gateway leases at most a
/// hundredth (<see cref="LimitSet.MaxLease"/>), so that many may pass up to <see cref="s_validFor"/> later than they were counted, and so many are
/// lost to the client when he stops. Clients whose burst is below 200 requests are never leased anything. The lease doubles while it is used up
/// quickly, and starts again from one.
/// </remarks>
internal sealed class Leases(SharedLimits shared, TimeProvider clock)
{
    private const int MaxEntries = 10_000;

    private static readonly TimeSpan s_validFor = TimeSpan.FromSeconds(1);

    /// <summary>Used up sooner than that, a lease was too small.</summary>
    private static readonly TimeSpan s_quickly = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<(LimitSet Set, string Client), Lease> _leases = new();
    private int _count;

    /// <returns>Null: Redis could not be asked.</returns>
    public async ValueTask<LimitDecision?> DecideAsync(AppliedLimits limits)
    {
        if (limits.Set.MaxLease <= 1)
            return await shared.DecideAsync(limits, 1);
        var lease = Find(limits);
        if (lease.Take(limits, clock) is { } taken)
            return taken;
        if (lease.Asking is { } other)
        {
            await other;
            return lease.Take(limits, clock) ?? await shared.DecideAsync(limits, 1);
        }

        return await AskAsync(lease, limits);
    }

    private async ValueTask<LimitDecision?> AskAsync(Lease lease, AppliedLimits limits)
    {
        var asking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!lease.TryAsk(asking))
            return await shared.DecideAsync(limits, 1);
        try
        {
            var size = lease.Next(limits.Set.MaxLease, clock);
            if (await shared.DecideAsync(limits, size) is not { } decision)
                return null;
            if (decision.Allowed)
                return lease.Fill(limits, decision, size, clock);
            // So many are not left; perhaps one is.
            lease.Size = 1;
            return size == 1 ? decision : await shared.DecideAsync(limits, 1);
        }
        finally
        {
            lease.Asking = null;
            asking.SetResult();
        }
    }

    private Lease Find(AppliedLimits limits)
    {
        if (_leases.TryGetValue((limits.Set, limits.Client), out var lease))
            return lease;
        if (Interlocked.Increment(ref _count) > MaxEntries)
        {
            // What is lost with them is a hundredth of a burst each.
            _leases.Clear();
            Volatile.Write(ref _count, 1);
        }

        return _leases.GetOrAdd((limits.Set, limits.Client), static _ => new Lease());
    }

    private sealed class Lease
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource? _asking;
        private long[] _debts = [];
        private long _at;
        private int _left;

        /// <summary>Of the last one.</summary>
        public int Size { get; set; } = 1;

        /// <summary>The question that is under way; null: none.</summary>
        public Task? Asking
        {
            get => Volatile.Read(ref _asking)?.Task;
            set => Volatile.Write(ref _asking, null);
        }

        public bool TryAsk(TaskCompletionSource asking) => Interlocked.CompareExchange(ref _asking, asking, null) is null;

        public int Next(int max, TimeProvider clock) => Size = clock.GetElapsedTime(_at) < s_quickly ? Math.Min(2 * Size, max) : 1;

        public LimitDecision? Take(AppliedLimits limits, TimeProvider clock)
        {
            lock (_lock)
            {
                if (_left == 0)
                    return null;
                var age = clock.GetElapsedTime(_at);
                if (age >= s_validFor)
                {
                    _left = 0;
                    return null;
                }

                _left--;
                return new LimitDecision(true, Debts(limits, age.Ticks / TimeSpan.TicksPerMicrosecond), DecidedBy.Lease);
            }
        }

        /// <returns>For the request that asked; the others are left.</returns>
        public LimitDecision Fill(AppliedLimits limits, LimitDecision granted, int size, TimeProvider clock)
        {
            lock (_lock)
            {
                _debts = granted.Debts;
                _at = clock.GetTimestamp();
                _left = size - 1;
                return new LimitDecision(true, Debts(limits, 0), DecidedBy.Shared);
            }
        }

        /// <summary>As they would be if only what has been used were counted.</summary>
        private long[] Debts(AppliedLimits limits, long age)
        {
            var debts = new long[_debts.Length];
            for (var i = 0; i < debts.Length; i++)
                debts[i] = Math.Max(0, _debts[i] - age - _left * limits.Quotas[i].Interval);
            return debts;
        }
    }
}
