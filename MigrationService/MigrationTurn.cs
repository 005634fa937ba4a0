using Npgsql;

namespace Slipway.MigrationService;

/// <summary>The right to migrate a database: a session advisory lock, which the server takes back when the session ends, however it ends.</summary>
/// <remarks>A pooler that shares sessions between transactions breaks it: connect to the server itself.</remarks>
internal static class MigrationTurn
{
    /// <summary>"slipway" in ASCII, so that it can be recognised in pg_locks.</summary>
    public const long LockKey = 0x736C6970776179;

    /// <summary>Waits until nobody else migrates this database. The lock is given back with the session.</summary>
    /// <exception cref="MigrationStoppedException">Somebody else still does after the timeout; the message says who.</exception>
    public static async Task TakeAsync(NpgsqlConnection connection, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            // Two commands: a timeout that is set counts from the next one on. The statement's own timeout must not cut the wait short.
            await ExecuteAsync(connection, $"set lock_timeout = {(long)timeout.TotalMilliseconds}; set statement_timeout = 0", cancellationToken);
            await ExecuteAsync(connection, $"select pg_advisory_lock({LockKey})", cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new MigrationStoppedException(
                ExitCode.LockTimeout,
                $"Another migration of this database did not end within {timeout}: {await HolderAsync(connection, cancellationToken)}. Wait for it, or end it, and run again.",
                error);
        }
    }

    private static async Task<string> HolderAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select format('process %s of the server, %s from %s, since %s', pid, coalesce(nullif(application_name, ''), 'unnamed'), coalesce(client_addr::text, 'a local socket'), backend_start)
            from pg_locks join pg_stat_activity using (pid)
            where locktype = 'advisory' and granted and objsubid = 1 and (classid::bigint << 32 | objid::bigint) = $1
              and pg_locks.database = (select oid from pg_database where datname = current_database())
            """, connection) { Parameters = { new() { Value = LockKey } } };
        return await command.ExecuteScalarAsync(cancellationToken) as string ?? "it has just ended";
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
