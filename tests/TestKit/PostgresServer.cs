using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Xunit;

namespace Slipway.TestKit;

/// <summary>A real PostgreSQL on a free port of 127.0.0.1, one for a test assembly; each class takes its own database.</summary>
/// <remarks>What it holds is worth nothing after the run. As root it runs as the user <c>postgres</c>.</remarks>
public sealed class PostgresServer : IAsyncLifetime
{
    private const int StartAttempts = 3;
    private const string SuperUser = "postgres";

    private readonly string _password = RandomNumberGenerator.GetHexString(32);
    private ServerProcess? _server;
    private ServerProcess? _crashed;
    private string _folder = "";
    private int _port;
    private int _databases;

    /// <summary>True: each commit is synced to disk as in production, and outlives <see cref="CrashAsync"/>. False, the default, is quicker.</summary>
    public bool IsDurable { get; init; }

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

        if (_crashed is not null)
        {
            await _crashed.DisposeAsync();
        }
    }

    /// <summary>Ends it without an orderly shutdown: sessions are cut, and it recovers when it is started again.</summary>
    public async Task CrashAsync()
    {
        await _server!.EndAsync("QUIT");
        (_crashed, _server) = (_server, null);
    }

    /// <summary>After <see cref="CrashAsync"/>, on the same port with the same data.</summary>
    public async Task RestartAsync() => _server = await RunAsync(prepare: "");

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

    /// <summary>Stops all of its processes: nobody is answered any more.</summary>
    public void PauseAll() => _server!.PauseAll();

    public void ResumeAll() => _server!.ResumeAll();

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
        string[] asUser = AsUser();
        var folder = _folder = ServerProcess.NewFolder("pg");
        await File.WriteAllTextAsync(Path.Combine(folder, "password"), _password);
        var prepare = $"""
            {(asUser.Length > 0 ? $"chown -R postgres:postgres '{folder}'" : ":")} &&
            {string.Join(' ', asUser)} '{initdb}' -D '{folder}/data' -U {SuperUser} --pwfile '{folder}/password' -A scram-sha-256 -E UTF8 --locale=C --no-sync
            """;
        return await RunAsync(prepare);
    }

    private string Durable => IsDurable ? "on" : "off";

    private Task<ServerProcess> RunAsync(string prepare) =>
        ServerProcess.StartAsync(_folder, "database system is ready to accept connections", "QUIT", prepare, [
            .. AsUser(), ServerProcess.Find("postgres", "the package postgresql"), "-D", $"{_folder}/data", "-h", "127.0.0.1",
            "-p", _port.ToString(CultureInfo.InvariantCulture), "-k", "", "-c", $"fsync={Durable}", "-c", $"synchronous_commit={Durable}", "-c", $"full_page_writes={Durable}",
            "-c", "shared_buffers=32MB", "-c", "max_connections=200", "-c", "autovacuum=off",
        ]);

    /// <summary>PostgreSQL refuses root.</summary>
    private static string[] AsUser() =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : [];
}
