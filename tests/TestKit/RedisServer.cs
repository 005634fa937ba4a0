using System.Globalization;
using Xunit;

namespace Slipway.TestKit;

/// <summary>A real Redis on a free port of 127.0.0.1 that keeps nothing on disk; starts in some 20 ms.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private readonly int _port = ServerProcess.FreePort();
    private ServerProcess? _server;

    /// <summary>In the form of a connection string named in configuration: <c>127.0.0.1:port</c>.</summary>
    public string ConnectionString => $"127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}";

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync() => await KillAsync();

    /// <summary>Starts it, empty, on the same port as before.</summary>
    public async Task StartAsync()
    {
        if (_server is not null)
        {
            return;
        }

        var folder = ServerProcess.NewFolder("redis");
        _server = await ServerProcess.StartAsync(folder, "Ready to accept connections", "KILL", prepare: "", [
            ServerProcess.Find("redis-server", "the package redis-server"), "--bind", "127.0.0.1",
            "--port", _port.ToString(CultureInfo.InvariantCulture), "--save", "", "--appendonly", "no", "--dir", folder,
        ]);
    }

    /// <summary>Ends it with -9; connections are reset and its content is lost.</summary>
    public async Task KillAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            _server = null;
        }
    }

    /// <summary>Stops its execution: connections stay open and nothing answers.</summary>
    public void Pause() => _server!.Pause();

    public void Resume() => _server!.Resume();
}
