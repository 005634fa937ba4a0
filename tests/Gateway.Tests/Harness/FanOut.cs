using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Gateway.Tests.Harness;

/// <summary>What a fan-out does with a connection whose backend does not answer the call.</summary>
internal enum OnDeadBackend
{
    /// <summary>Keeps the client waiting and calls the next one.</summary>
    TryNext,

    /// <summary>Hangs up on the client.</summary>
    Close,
}

/// <summary>One address before several backends: each TCP connection goes to one of them, in turn, and stays there.</summary>
internal sealed class FanOut : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly ConcurrentDictionary<int, int> _open = new();
    private readonly IReadOnlyList<Uri> _backends;
    private readonly OnDeadBackend _onDead;
    private readonly Task _accepting;
    private int _turn = -1;

    public FanOut(OnDeadBackend onDead, params IReadOnlyList<Uri> backends)
    {
        _backends = backends;
        _onDead = onDead;
        _listener.Start();
        _accepting = Accept();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Connections that the client side still believes to lead to that backend.</summary>
    public int OpenTo(Uri backend) => _open.GetValueOrDefault(backend.Port);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _closing.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var connection = Serve(await _listener.AcceptSocketAsync(_closing.Token));
                _connections.TryAdd(connection, 0);
                _ = connection.ContinueWith(done => _connections.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Serve(Socket client)
    {
        using var _ = client;
        var tries = _onDead == OnDeadBackend.TryNext ? _backends.Count : 1;
        for (var i = 0; i < tries; i++)
        {
            var backend = _backends[(int)((uint)Interlocked.Increment(ref _turn) % (uint)_backends.Count)];
            using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, backend.Port, _closing.Token);
            }
            catch (SocketException)
            {
                continue;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            client.NoDelay = true;
            _open.AddOrUpdate(backend.Port, 1, (_, n) => n + 1);
            await Task.WhenAny(Copy(client, server), Copy(server, client));
            client.Dispose();
            _open.AddOrUpdate(backend.Port, 0, (_, n) => n - 1);
            return;
        }
    }

    private async Task Copy(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer, _closing.Token)) > 0)
            {
                for (var sent = 0; sent < read;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _closing.Token);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Either side has gone; the other is closed with it.
        }
    }
}
