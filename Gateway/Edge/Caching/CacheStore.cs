using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Edge.Caching;

/// <summary>Stored answers by address; bounded in bytes, in addresses by that, and in variants of one address.</summary>
internal sealed class CacheStore(IOptions<GatewayOptions> options, TimeProvider clock)
{
    /// <summary>Answers for one address that differ by what they vary on; the oldest makes room.</summary>
    private const int MaxVariants = 16;

    /// <summary>Share of the bound that is left after making room, so that not every further answer makes room again.</summary>
    private const double LeftAfterRoom = 0.8;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, ImmutableArray<CacheEntry>> _entries = new(StringComparer.Ordinal);
    private readonly long _maxBytes = options.Value.Cache.MaxBytes;
    private long _bytes;

    public bool IsEmpty => _entries.IsEmpty;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <returns>The variant for the request, fresh or not; null: none.</returns>
    public CacheEntry? Find(string key, IHeaderDictionary request)
    {
        if (!_entries.TryGetValue(key, out var variants))
            return null;
        foreach (var entry in variants)
        {
            if (!entry.Matches(request))
                continue;
            entry.UsedAt = clock.GetTimestamp();
            return entry;
        }

        return null;
    }

    /// <summary>Stores the answer in the place of that for the same request.</summary>
    public void Put(string key, CacheEntry entry, IHeaderDictionary request)
    {
        if (entry.Size > _maxBytes)
            return;
        entry.UsedAt = clock.GetTimestamp();
        lock (_gate)
        {
            var variants = _entries.GetValueOrDefault(key, []);
            var kept = variants.RemoveAll(old => old.Matches(request));
            if (kept.Length >= MaxVariants)
                kept = kept.RemoveAt(0);
            kept = kept.Add(entry);
            _entries[key] = kept;
            _bytes += kept.Sum(static one => one.Size) - variants.Sum(static one => one.Size);
            if (_bytes > _maxBytes)
                MakeRoom();
        }
    }

    public void Remove(string key)
    {
        if (!_entries.ContainsKey(key))
            return;
        lock (_gate)
        {
            if (_entries.TryRemove(key, out var variants))
                _bytes -= variants.Sum(static one => one.Size);
        }
    }

    private void MakeRoom()
    {
        foreach (var (key, variants) in _entries.OrderBy(static pair => pair.Value.Max(static one => one.UsedAt)).ToList())
        {
            if (_bytes <= _maxBytes * LeftAfterRoom)
                return;
            _entries.TryRemove(key, out _);
            _bytes -= variants.Sum(static one => one.Size);
        }
    }
}
