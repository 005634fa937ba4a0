using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Aspire.Clients.Tests;

/// <summary>A Redis server of its own, without persistence, on a free port.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private const string Password = "redis-test";

    private readonly string? _program = LocalServer.Find("redis-server", "/usr/bin");
    private string? _folder;
    private Process? _process;

    public int Port { get; } = LocalServer.FreePort();

    public string ConnectionString => $"127.0.0.1:{Port},password={Password}";

    public void SkipWhenAbsent() => Assert.SkipWhen(_process is null, "redis-server is not installed.");

    public async ValueTask InitializeAsync()
    {
        if (_program is null)
            return;

        _folder = Directory.CreateTempSubdirectory("clients-tests-redis-").FullName;
        _process = LocalServer.Start(
            _program, "--port", $"{Port}", "--bind", "127.0.0.1", "--requirepass", Password, "--save", "", "--appendonly", "no", "--dir", _folder);
        await LocalServer.WaitUntilAsync(_process, async () =>
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        });
    }

    /// <summary>Stops the process without ending it: connections stay, nothing answers.</summary>
    public Task FreezeAsync() => LocalServer.RunAsync("kill", "-STOP", $"{_process!.Id}");

    public Task ThawAsync() => LocalServer.RunAsync("kill", "-CONT", $"{_process!.Id}");

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await LocalServer.EndAsync(_process);
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }
}
