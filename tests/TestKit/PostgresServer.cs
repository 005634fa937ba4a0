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
    private const string ReadyLine = "database system is ready to accept connections";

    /// <summary>PostgreSQL refuses root.</summary>
    private static readonly string[] s_asUser = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : [];

    private readonly string _password = RandomNumberGenerator.GetHexString(32);
    /// <summary>The first start owns the folder with the data; a start after a kill runs on the same folder.</summary>
    private ServerProcess? _first;
    private ServerProcess? _again;
    private int _port;
    private int _databases;

    /// <summary>True: each commit is synced to disk, as in production. False, the default, is quicker.</summary>
    public bool IsDurable { get; init; }

    public async ValueTask InitializeAsync()
    {
        for (var attempt = 1; _first is null; attempt++)
        {
            try
            {
                _port = ServerProcess.FreePort();
                _first = await StartAsync();
            }
            catch (InvalidOperationException problem) when (attempt < StartAttempts && problem.Message.Contains("in use", StringComparison.Ordinal))
            {
                // Somebody took the port between the look and the start: try another.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new[] { _again, _first }.OfType<ServerProcess>())
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>Ends the server with -9; its sessions end with it, its data stay.</summary>
    public async Task KillAsync() => await Running.KillAsync();

    /// <summary>Starts it again after a kill: on the same port, with the same data.</summary>
    public async Task StartAgainAsync()
    {
        var killed = _again;
        _again = await ServerProcess.StartAsync(ServerProcess.NewFolder("pg-again"), ReadyLine, "QUIT", prepare: "", Command($"{_first!.Folder}/data"));
        await (killed?.DisposeAsync() ?? ValueTask.CompletedTask);
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
    public void Pause() => Running.Pause();

    public void Resume() => Running.Resume();

    /// <summary>Stops the whole server, sessions too: connections stay open and nothing answers.</summary>
    public void PauseAll() => Running.SignalFamily("STOP");

    public void ResumeAll() => Running.SignalFamily("CONT");

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

    private ServerProcess Running => _again ?? _first!;

    private async Task<ServerProcess> StartAsync()
    {
        var initdb = ServerProcess.Find("initdb", "the package postgresql");
        var folder = ServerProcess.NewFolder("pg");
        await File.WriteAllTextAsync(Path.Combine(folder, "password"), _password);
        var prepare = $"""
            {(s_asUser.Length > 0 ? $"chown -R postgres:postgres '{folder}'" : ":")} &&
            {string.Join(' ', s_asUser)} '{initdb}' -D '{folder}/data' -U {SuperUser} --pwfile '{folder}/password' -A scram-sha-256 -E UTF8 --locale=C --no-sync
            """;
        return await ServerProcess.StartAsync(folder, ReadyLine, "QUIT", prepare, Command($"{folder}/data"));
    }

    private string[] Command(string data) =>
    [
        .. s_asUser, ServerProcess.Find("postgres", "the package postgresql"), "-D", data, "-h", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture), "-k", "",
        "-c", "shared_buffers=32MB", "-c", "max_connections=200",
        .. IsDurable ? Array.Empty<string>() : ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off"],
    ];
}
