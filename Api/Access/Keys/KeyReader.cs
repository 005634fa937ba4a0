using System.Collections.Frozen;
using Npgsql;

namespace Slipway.Api.Access.Keys;

/// <summary>Reads what a replica has to know of all keys.</summary>
internal static class KeyReader
{
    /// <summary>Beyond what may exist (<see cref="KeyOptions.MaxKeys"/>): those in use come first, then those revoked last.</summary>
    private const int MaxRows = 20_000;

    /// <summary>How long a revoked key is remembered.</summary>
    private const string RememberRevoked = "7 days";

    public static async Task<long> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select version from access_version", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Version and keys of one moment.</summary>
    public static async Task<KeySnapshot> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            select v.version, k.id, k.prefix, k.scopes, k.secret_hash, k.previous_hash, k.previous_until, k.expires_at, k.revoked_at is not null
            from access_version v left join access_keys k on k.revoked_at is null or k.revoked_at > now() - interval '{RememberRevoked}'
            order by k.revoked_at desc nulls first limit {MaxRows}
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var version = 0L;
        var keys = new Dictionary<string, KnownKey>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            version = reader.GetInt64(0);
            if (!reader.IsDBNull(1))
            {
                keys[reader.GetString(2)] = Read(reader);
            }
        }

        return new KeySnapshot(keys, version);
    }

    private static KnownKey Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(1),
        // A scope of a later build means nothing here.
        new Client($"key:{reader.GetString(2)}", reader.GetFieldValue<string[]>(3).Where(Scopes.IsKnown).ToFrozenSet(StringComparer.Ordinal)),
        reader.GetFieldValue<byte[]>(4),
        reader.IsDBNull(5) ? KnownKey.NoSecret() : reader.GetFieldValue<byte[]>(5),
        reader.IsDBNull(6) ? DateTimeOffset.MinValue : reader.GetFieldValue<DateTimeOffset>(6),
        reader.IsDBNull(7) ? null : reader.GetFieldValue<DateTimeOffset>(7),
        reader.GetBoolean(8));
}
