using System.Collections.Concurrent;

namespace Slipway.Api.Access.Guessing;

/// <summary>Remembers so many things by key; beyond that it forgets those that were touched least recently.</summary>
/// <param name="max">How many.</param>
/// <param name="touched">Timestamp of a value's last change.</param>
internal sealed class BoundedMemory<TKey, TValue>(int max, Func<TValue, long> touched)
    where TKey : notnull
{
    /// <summary>A tenth is forgotten at once, so that a flood doesn't sort the table with each request.</summary>
    private const int ShareForgotten = 10;

    private readonly ConcurrentDictionary<TKey, TValue> _values = new();
    private readonly Lock _forgetting = new();
    private int _count;

    /// <summary>Other than the dictionary's own count it takes no locks.</summary>
    public int Count => Volatile.Read(ref _count);

    public bool TryGet(TKey key, out TValue value)
    {
        value = default!;
        return Count > 0 && _values.TryGetValue(key, out value!);
    }

    /// <param name="key">Which.</param>
    /// <param name="change">From the value until now, or the default of its type, to the new one.</param>
    public void Update(TKey key, Func<TValue?, TValue> change)
    {
        var added = false;
        _values.AddOrUpdate(
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
            ForgetSome();
        }
    }

    public void Forget(TKey key)
    {
        if (Count > 0 && _values.TryRemove(key, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    private void ForgetSome()
    {
        lock (_forgetting)
        {
            if (Count > max)
            {
                foreach (var (key, _) in _values.Select(entry => (entry.Key, Touched: touched(entry.Value))).OrderBy(static entry => entry.Touched).Take(Math.Max(1, max / ShareForgotten)))
                {
                    Forget(key);
                }
            }
        }
    }
}
