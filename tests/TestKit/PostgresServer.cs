using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Xunit;

namespace Slipway.TestKit;

/// <summary>A real PostgreSQL on a free port of 127.0.0.1, one for a test assembly; each class takes its own database.</summary>
/// <remarks>It never syncs to disk: what it holds is worth nothing after the run. As root it runs as the user <c>postgres</c>.</remarks>
public sealed class PostgresServer : IAsyncLifetime
{
    private const int StartAttempts = 3;
    private const string SuperUser = "postgres";

    private readonly string _password = RandomNumberGenerator.GetHexString(32);
    private ServerProcess? _server;
    private int _port;
    private int _databases;

    public async ValueTask InitializeAsync()
    {
        for (var attempt = 1; _server is null; attempt++)
        {
            try
            {
                _port = ServerProcess.FreePort();
                _server = await StartAsync();
            }
            catch (InvalidOperationException problem) when (attempt < StartAttempts && problem.Message.Contains("in use", StringComparison.Ordinal))
            {
                // Somebody took the port between the look and the start: try another.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>A new database, empty or a copy of <paramref name="template"/> (which nobody may be connected to).</summary>
    /// <returns>Its connection string; pooling is on, in a pool of its own.</returns>
    public async Task<string> CreateDatabaseAsync(string template = "template0")
    {
        var name = $"test_{Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture)}";
        await using var connection = new NpgsqlConnection(ConnectionString(SuperUser, pooling: false));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"create database {name} template {template}", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name, pooling: true);
    }

    /// <summary>Stops the server's main process: whoever connects gets no answer, sessions go on.</summary>
    public void Pause() => _server!.Pause();

    public void Resume() => _server!.Resume();

    /// <summary>The path of a client program of the same installation, such as <c>psql</c>.</summary>
    public static string Program(string name) => ServerProcess.Find(name, "the package postgresql");

    private string ConnectionString(string database, bool pooling) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = _port,
        Username = SuperUser,
        Password = _password,
        Database = database,
        Pooling = pooling,
        MaxPoolSize = 20,
    }.ConnectionString;

    private async Task<ServerProcess> StartAsync()
    {
        var initdb = ServerProcess.Find("initdb", "the package postgresql");
        var postgres = ServerProcess.Find("postgres", "the package postgresql");
        // PostgreSQL refuses root.
        string[] asUser = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : [];
        var folder = ServerProcess.NewFolder("pg");
        await File.WriteAllTextAsync(Path.Combine(folder, "password"), _password);
        var prepare = $"""
            {(asUser.Length > 0 ? $"chown -R postgres:postgres '{folder}'" : ":")} &&
            {string.Join(' ', asUser)} '{initdb}' -D '{folder}/data' -U {SuperUser} --pwfile '{folder}/password' -A scram-sha-256 -E UTF8 --locale=C --no-sync
            """;
        return await ServerProcess.StartAsync(folder, "database system is ready to accept connections", "QUIT", prepare, [
            .. asUser, postgres, "-D", $"{folder}/data", "-h", "127.0.0.1",
            "-p", _port.ToString(CultureInfo.InvariantCulture), "-k", "", "-c", "fsync=off", "-c", "synchronous_commit=off",
            "-c", "full_page_writes=off", "-c", "shared_buffers=32MB", "-c", "max_connections=200", "-c", "autovacuum=off",
        ]);
    }
}
