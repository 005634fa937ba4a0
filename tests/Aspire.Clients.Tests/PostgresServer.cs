using System.Diagnostics;
using Npgsql;

namespace Slipway.Aspire.Clients.Tests;

/// <summary>A PostgreSQL server of its own, in a temporary folder and on a free port.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private static readonly string[] s_folders =
        [.. Enumerable.Range(14, 6).Reverse().Select(version => $"/usr/lib/postgresql/{version}/bin")];

    private readonly string? _initdb = LocalServer.Find("initdb", s_folders);
    private readonly string? _postgres = LocalServer.Find("postgres", s_folders);
    private readonly int _port = LocalServer.FreePort();
    private string? _folder;
    private Process? _process;

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=postgres;Password=any;Database=postgres";

    public void SkipWhenAbsent() => Assert.SkipWhen(_process is null, "PostgreSQL's server programs are not installed.");

    public async ValueTask InitializeAsync()
    {
        if (_initdb is null || _postgres is null)
            return;

        _folder = Directory.CreateTempSubdirectory("clients-tests-pg-").FullName;
        var data = Path.Combine(_folder, "data");
        if (Environment.IsPrivilegedProcess)
            await LocalServer.RunAsync("chown", "postgres", _folder);

        await RunAsync(_initdb, "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions");
        _process = Start(_postgres, "-D", data, "-h", "127.0.0.1", "-p", $"{_port}", "-k", _folder, "-c", "fsync=off");
        await LocalServer.WaitUntilAsync(_process, async () =>
        {
            await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
            await connection.OpenAsync();
            return true;
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            // The postmaster ends its children on an interrupt, which a kill would leave behind.
            await LocalServer.RunAsync("kill", "-INT", $"{_process.Id}");
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
            await LocalServer.EndAsync(_process);
        }

        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    private static Task RunAsync(string program, params string[] arguments)
    {
        var (command, all) = AsPostgres(program, arguments);
        return LocalServer.RunAsync(command, all);
    }

    private static Process Start(string program, params string[] arguments)
    {
        var (command, all) = AsPostgres(program, arguments);
        return LocalServer.Start(command, all);
    }

    /// <summary>PostgreSQL refuses to run as root.</summary>
    private static (string Program, IEnumerable<string> Arguments) AsPostgres(string program, string[] arguments) =>
        Environment.IsPrivilegedProcess
            ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", "--", program, .. arguments])
            : (program, arguments);
}
