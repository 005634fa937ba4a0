using System.Collections.Concurrent;

namespace Slipway.Api.Access.Guessing;

/// <summary>Remembers the time of something by key, for so many keys; when it is full, what has ended is forgotten, and if that is too little, what would end first.</summary>
internal sealed class BoundedMemory<TKey, TValue>(int max, Func<TValue, long> endOf, Func<long> now)
    where TKey : notnull
{
    /// <summary>How much is forgotten at once when everything in it still counts, so that a flood doesn't sort the table with each request.</summary>
    private const int ShareForgotten = 10;

    private readonly ConcurrentDictionary<TKey, TValue> _values = new();
    private readonly Lock _pruning = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Also finds what has ended.</summary>
    public bool TryGet(TKey key, out TValue value)
    {
        if (Count == 0)
        {
            value = default!;
            return false;
        }

        return _values.TryGetValue(key, out value!);
    }

    public TValue Update(TKey key, Func<TValue?, TValue> change)
    {
        var added = false;
        var value = _values.AddOrUpdate(
            key,
            _ =>
            {
                added = true;
                return change(default);
            },
            (_, old) =>
            {
                added = false;
                return change(old);
            });
        if (added && Interlocked.Increment(ref _count) > max)
        {
            Prune();
        }

        return value;
    }

    public void Forget(TKey key)
    {
        if (Count > 0 && _values.TryRemove(key, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    private void Prune()
    {
        lock (_pruning)
        {
            if (Count <= max)
            {
                return;
            }

            var time = now();
            var byEnd = _values.Select(entry => (entry.Key, End: endOf(entry.Value))).OrderBy(static entry => entry.End).ToList();
            var spare = byEnd.Count - (max - (max / ShareForgotten));
            foreach (var (key, _) in byEnd.Where((entry, index) => index < spare || entry.End <= time))
            {
                Forget(key);
            }
        }
    }
}
