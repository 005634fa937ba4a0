using Microsoft.Extensions.Options;
using Slipway.Api.Database;

namespace Slipway.Api.Cache;

/// <summary>A body as it was when PostgreSQL last vouched for it.</summary>
/// <param name="Stamp">Its stamp then.</param>
/// <param name="Json">In UTF-8.</param>
/// <param name="At">When, by the clock of the replica that read it.</param>
internal sealed record KnownBody(Guid Stamp, byte[] Json, DateTimeOffset At);

/// <summary>What this replica has answered last, by what was asked for; bounded in bytes, the longest unused go first.</summary>
internal sealed class LastKnown(IOptions<DatabaseOptions> options)
{
    /// <summary>Bytes that an entry costs beside its body and its name.</summary>
    private const int Overhead = 200;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string What, KnownBody Body)>> _byName = new(StringComparer.Ordinal);
    private readonly LinkedList<(string What, KnownBody Body)> _byUse = new();
    private readonly int _limit = options.Value.StaleBytes;
    private long _bytes;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byName.Count;
            }
        }
    }

    public long Bytes => Interlocked.Read(ref _bytes);

    public void Keep(string what, KnownBody body)
    {
        lock (_lock)
        {
            Drop(what);
            if (Size(what, body) > _limit)
            {
                return;
            }

            _byName[what] = _byUse.AddFirst((what, body));
            _bytes += Size(what, body);
            while (_bytes > _limit)
            {
                Drop(_byUse.Last!.Value.What);
            }
        }
    }

    /// <summary>To be called when it no longer exists.</summary>
    public void Forget(string what)
    {
        lock (_lock)
        {
            Drop(what);
        }
    }

    /// <summary>Null when it isn't known.</summary>
    public KnownBody? Find(string what)
    {
        lock (_lock)
        {
            if (!_byName.TryGetValue(what, out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Body;
        }
    }

    private void Drop(string what)
    {
        if (_byName.Remove(what, out var node))
        {
            _byUse.Remove(node);
            _bytes -= Size(what, node.Value.Body);
        }
    }

    private static int Size(string what, KnownBody body) => body.Json.Length + (what.Length * 2) + Overhead;
}
