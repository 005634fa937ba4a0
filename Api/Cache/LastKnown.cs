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
    private readonly Dictionary<ReadOf, LinkedListNode<(ReadOf What, KnownBody Body)>> _byName = [];
    private readonly LinkedList<(ReadOf What, KnownBody Body)> _byUse = new();
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

    public void Keep(ReadOf what, KnownBody body)
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
    public void Forget(ReadOf what)
    {
        lock (_lock)
        {
            Drop(what);
        }
    }

    /// <summary>What is known, vouched for anew; null when it isn't known, or has another stamp.</summary>
    /// <param name="what">Which.</param>
    /// <param name="stamp">As PostgreSQL has it.</param>
    /// <param name="at">Since when that is known.</param>
    public KnownBody? Confirm(ReadOf what, Guid stamp, DateTimeOffset at)
    {
        lock (_lock)
        {
            if (!_byName.TryGetValue(what, out var node) || node.Value.Body.Stamp != stamp)
            {
                return null;
            }

            // By a slower reader nothing grows older.
            var body = node.Value.Body.At < at ? node.Value.Body with { At = at } : node.Value.Body;
            node.Value = (what, body);
            if (!ReferenceEquals(_byUse.First, node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
            }

            return body;
        }
    }

    /// <summary>Null when it isn't known.</summary>
    public KnownBody? Find(ReadOf what)
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

    private void Drop(ReadOf what)
    {
        if (_byName.Remove(what, out var node))
        {
            _byUse.Remove(node);
            _bytes -= Size(what, node.Value.Body);
        }
    }

    private static int Size(ReadOf what, KnownBody body) => body.Json.Length + (what.Length * 2) + Overhead;
}
