using Npgsql;

namespace Slipway.Api.Database;

/// <summary>A connection of the operations database beside the pool, for what must not wait for a place in it.</summary>
internal sealed class DedicatedConnection
{
    /// <summary>In seconds, of connecting and of each command.</summary>
    private const int Timeout = 1;

    private string? _connectionString;

    /// <summary>Takes over where the database is, and the credentials.</summary>
    public void From(NpgsqlConnectionStringBuilder pooled) => _connectionString = new NpgsqlConnectionStringBuilder(pooled.ConnectionString)
    {
        Pooling = false,
        Timeout = Timeout,
        CommandTimeout = Timeout,
        // A server that hangs doesn't answer the request to cancel either: give the connection up at once.
        CancellationTimeout = -1,
        ApplicationName = "slipway-api-keys",
    }.ConnectionString;

    /// <exception cref="InvalidOperationException">The pool was not configured yet.</exception>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(_connectionString ?? throw new InvalidOperationException("The database's connection string is not known yet."));
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
