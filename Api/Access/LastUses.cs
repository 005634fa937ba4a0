using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;

namespace Slipway.Api.Access;

/// <summary>When keys were used last, gathered until they are written down: no request waits for that.</summary>
internal sealed class LastUses(NpgsqlDataSource dataSource)
{
    /// <summary>Beside a key that was deleted from the database nothing is in it that isn't a key, so it needs no bound of its own.</summary>
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _uses = new();

    public void Note(Guid key, DateTimeOffset at)
    {
        // Written a few times a minute only: it is asked with every request.
        if (!_uses.TryGetValue(key, out var noted) || at - noted > TimeSpan.FromSeconds(10))
        {
            _uses[key] = at;
        }
    }

    /// <summary>Writes a key's use at most once a minute, whichever replicas it was used at. What couldn't be written is kept.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        var uses = _uses.ToArray();
        if (uses.Length == 0)
        {
            return;
        }

        await using var command = dataSource.CreateCommand("""
            update access_keys k set last_used_at = u.at from unnest($1, $2) as u (id, at)
            where k.id = u.id and (k.last_used_at is null or k.last_used_at <= u.at - interval '1 minute')
            """);
        command.Parameters.Add(new() { Value = uses.Select(static use => use.Key).ToArray() });
        command.Parameters.Add(new() { Value = uses.Select(static use => use.Value.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(cancellationToken);
        foreach (var use in uses)
        {
            _uses.TryRemove(use);
        }
    }
}
