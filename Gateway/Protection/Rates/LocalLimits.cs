using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Protection.Rates;

/// <summary>Counts in memory, by the same rules as Redis: all limits of a request at once, or none.</summary>
/// <remarks>
/// Bounded: when the table is full, room is made among a few entries picked by chance, by forgetting the one with the least debt. An entry without
/// debt is worth nothing, and one that is at its limit is the last to go, so that nobody gets rid of his own by inventing others.
/// </remarks>
internal sealed class LocalLimits(IOptions<GatewayOptions> options, TimeProvider clock)
{
    private const int Candidates = 8;

    private readonly int _maxEntries = options.Value.Limits.Local.MaxEntries;
    private readonly long _start = clock.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _byKey = new(StringComparer.Ordinal);
    private readonly List<Entry> _entries = [];

    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    public LimitDecision Decide(AppliedLimits limits)
    {
        var quotas = limits.Quotas;
        var keys = limits.Keys();
        var debts = new long[keys.Length];
        lock (_lock)
        {
            var now = Now();
            var allowed = true;
            for (var i = 0; i < keys.Length; i++)
            {
                debts[i] = _byKey.TryGetValue(keys[i], out var entry) ? Math.Max(0, entry.FreeAt - now) : 0;
                allowed &= quotas[i].Allows(debts[i]);
            }

            for (var i = 0; allowed && i < keys.Length; i++)
            {
                debts[i] += quotas[i].Interval;
                Set(keys[i], now + debts[i], now);
            }

            return new LimitDecision(allowed, debts, DecidedBy.Local);
        }
    }

    /// <summary>Takes over what Redis says, so that nobody starts afresh in the moment that Redis goes away.</summary>
    public void Follow(string[] keys, long[] debts)
    {
        lock (_lock)
        {
            var now = Now();
            for (var i = 0; i < keys.Length; i++)
                Set(keys[i], now + debts[i], now);
        }
    }

    private long Now() => clock.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMicrosecond;

    private void Set(string key, long freeAt, long now)
    {
        if (_byKey.TryGetValue(key, out var entry))
        {
            entry.FreeAt = freeAt;
            return;
        }

        if (_entries.Count >= _maxEntries)
            MakeRoom(now);
        entry = new Entry { Key = key, FreeAt = freeAt };
        _byKey.Add(key, entry);
        _entries.Add(entry);
    }

    private void MakeRoom(long now)
    {
        var least = 0;
        for (var i = 0; i < Candidates; i++)
        {
#pragma warning disable CA5394 // Chance spreads the choice; no secret depends on it.
            var candidate = Random.Shared.Next(_entries.Count);
#pragma warning restore CA5394
            if (i == 0 || _entries[candidate].FreeAt < _entries[least].FreeAt)
                least = candidate;
            if (_entries[least].FreeAt <= now)
                break;
        }

        _byKey.Remove(_entries[least].Key);
        _entries[least] = _entries[^1];
        _entries.RemoveAt(_entries.Count - 1);
    }

    private sealed class Entry
    {
        public required string Key { get; init; }

        /// <summary>When the debt is gone, on this table's own clock.</summary>
        public long FreeAt { get; set; }
    }
}
