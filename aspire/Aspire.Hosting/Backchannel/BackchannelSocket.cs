using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Backchannel;

/// <summary>A Unix socket that only its owner can open, served until it is disposed; the file then goes away.</summary>
internal sealed partial class BackchannelSocket : IAsyncDisposable
{
    /// <summary>Clients at once; further ones are turned away.</summary>
    private const int MaxClients = 32;
    private const int Backlog = 16;

    private readonly Socket _listener;
    private readonly JsonRpcMethods _methods;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _clients;

    private BackchannelSocket(string path, Socket listener, JsonRpcMethods methods, ILogger logger)
    {
        (FilePath, _listener, _methods, _logger) = (path, listener, methods, logger);
        _accepting = AcceptAsync();
    }

    public string FilePath { get; }

    /// <exception cref="IOException">The folder can't be made or written.</exception>
    /// <exception cref="SocketException">The path is in use or can't be bound.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The path is longer than the system allows for sockets (108 bytes on Linux).</exception>
    public static BackchannelSocket Listen(string path, JsonRpcMethods methods, ILogger logger)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            CreatePrivateFolder(folder);
        }

        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            listener.Listen(Backlog);
            return new BackchannelSocket(path, listener, methods, logger);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        File.Delete(FilePath);
        _stopping.Dispose();
    }

    private static void CreatePrivateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_stopping.Token);
                serving.RemoveAll(t => t.IsCompleted);
                if (Interlocked.Increment(ref _clients) > MaxClients)
                {
                    Interlocked.Decrement(ref _clients);
                    client.Dispose();
                    continue;
                }

                serving.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (SocketException exception)
        {
            LogDeaf(_logger, exception, FilePath);
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            await using var connection = new JsonRpcConnection(new NetworkStream(client, ownsSocket: true), _methods, _logger);
            await connection.RunAsync(_stopping.Token);
        }
        catch (JsonRpcProtocolException exception)
        {
            LogProtocol(_logger, exception.Message);
        }
        catch (Exception exception)
        {
            LogBroken(_logger, exception);
        }
        finally
        {
            Interlocked.Decrement(ref _clients);
        }
    }

    [LoggerMessage(3, LogLevel.Warning, "A client of the backchannel was cut off: {Reason}")]
    private static partial void LogProtocol(ILogger logger, string reason);

    [LoggerMessage(4, LogLevel.Error, "Serving a client of the backchannel failed.")]
    private static partial void LogBroken(ILogger logger, Exception exception);

    [LoggerMessage(5, LogLevel.Error, "The backchannel {Path} accepts no more clients.")]
    private static partial void LogDeaf(ILogger logger, Exception exception, string path);
}
