using Npgsql;
using NpgsqlTypes;
using Slipway.Api.Audit;
using Slipway.Api.Database;

namespace Slipway.Api.Access.Keys;

/// <summary>
/// A transaction that changes keys. Changes follow one another, so that each sees what the ones before it have done; the trigger of the table tells
/// every replica with the commit. Disposed without a commit it leaves everything as it was.
/// </summary>
internal sealed class KeyChange : IAsyncDisposable
{
    private readonly WriteUnit _write;
    private readonly string _actor;
    private readonly DateTimeOffset _at;

    private KeyChange(WriteUnit write, string actor, DateTimeOffset at) => (_write, _actor, _at) = (write, actor, at);

    /// <exception cref="DatabaseSkippedException">The circuit is open.</exception>
    public static async Task<KeyChange> BeginAsync(DatabaseSession session, Client client, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var change = new KeyChange(await session.BeginAsync(cancellationToken), client.Name, at);
        try
        {
            await using var turn = change.Command("select version from access_version for update");
            await turn.ExecuteScalarAsync(cancellationToken);
            return change;
        }
        catch
        {
            await change.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _write.DisposeAsync();

    public Task CommitAsync(CancellationToken cancellationToken) => _write.CommitAsync(cancellationToken);

    /// <summary>Null when there is none of this prefix.</summary>
    public async Task<AccessKey?> FindAsync(string prefix, CancellationToken cancellationToken)
    {
        await using var command = Command($"select {KeyStore.Columns} from access_keys where prefix = $1", prefix);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? KeyStore.Read(reader) : null;
    }

    /// <summary>Those that are not revoked.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = Command("select count(*) from access_keys where revoked_at is null");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Whether another key than this one may manage access from now on.</summary>
    public async Task<bool> HasOtherManagerAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            select exists (
                select from access_keys
                where id <> $1 and $2 = any (scopes) and revoked_at is null and (expires_at is null or expires_at > $3)
            )
            """,
            id, Scopes.AccessManage, _at);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <returns>False when the prefix is taken; nothing was written.</returns>
    public async Task<bool> InsertAsync(AccessKey key, byte[] hash, CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            insert into access_keys (id, prefix, name, scopes, secret_hash, created_at, created_by, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (prefix) do nothing
            """,
            key.Id, key.Prefix, key.Name, key.Scopes.ToArray(), hash, key.CreatedAt, key.CreatedBy);
        command.Parameters.Add(new() { Value = (object?)key.ExpiresAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1
            && await AuditAsync("key.create", key, new { key.Prefix, key.Name, key.Scopes, key.ExpiresAt }, cancellationToken);
    }

    /// <summary>The secret until now becomes the one before; the one before that ends.</summary>
    /// <param name="key">As it was found.</param>
    /// <param name="hash">Of the new secret.</param>
    /// <param name="previousUntil">How long the old secret is taken; null: no longer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RotateAsync(AccessKey key, byte[] hash, DateTimeOffset? previousUntil, CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            update access_keys set previous_hash = case when $4 is null then null else secret_hash end, previous_until = $4, secret_hash = $2, rotated_at = $3
            where id = $1
            """,
            key.Id, hash, _at);
        command.Parameters.Add(new() { Value = (object?)previousUntil ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(cancellationToken);
        await AuditAsync("key.rotate", key, new { key.Prefix, key.Name, PreviousSecretUntil = previousUntil }, cancellationToken);
    }

    public async Task RevokeAsync(AccessKey key, string reason, CancellationToken cancellationToken)
    {
        await using var command = Command("update access_keys set revoked_at = $2, previous_hash = null, previous_until = null where id = $1", key.Id, _at);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await AuditAsync("key.revoke", key, new { key.Prefix, key.Name, reason }, cancellationToken);
    }

    private async Task<bool> AuditAsync(string action, AccessKey key, object details, CancellationToken cancellationToken)
    {
        await AuditStore.AppendAsync(_write.Connection, _at, _actor, action, key.Id, application: null, details, cancellationToken);
        return true;
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, _write.Connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
