using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Backchannel;

/// <summary>Opens the sockets of the command line with the application and takes them away with it.</summary>
internal sealed partial class BackchannelLifecycle(
    AppHostMethods main,
    AuxiliaryMethods auxiliary,
    CommandLineWatch commandLine,
    AppHostAddresses appHost,
    IConfiguration configuration,
    ILogger<BackchannelLifecycle> logger) : IHostedLifecycleService, IAsyncDisposable
{
    private readonly List<BackchannelSocket> _sockets = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    /// <summary>Null: not started by the command line.</summary>
    public static string? MainPath(IConfiguration configuration) =>
        configuration["ASPIRE_BACKCHANNEL_PATH"] is { Length: > 0 } path ? path : null;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (MainPath(configuration) is { } path)
        {
            TryListen(() => path, main.Create);
        }

        TryListen(AuxiliaryPath, auxiliary.Create);
        _watching = commandLine.RunAsync(_stopping.Token);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Last, so that the command line sees the application stop.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken) => await CloseAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _stopping.Dispose();
    }

    private string AuxiliaryPath()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (home.Length == 0)
        {
            throw new IOException("The user has no home folder.");
        }

        AuxiliarySocketFile.Sweep(home);
        return AuxiliarySocketFile.PathFor(home, appHost.AppHostPath, Environment.ProcessId);
    }

    /// <summary>The application runs as well without the command line, for example with a home that can't be written.</summary>
    private void TryListen(Func<string> path, Func<JsonRpcMethods> methods)
    {
        try
        {
            _sockets.Add(BackchannelSocket.Listen(path(), methods(), logger));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SocketException or ArgumentException)
        {
            LogUnavailable(logger, exception.Message);
        }
    }

    private async Task CloseAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await _stopping.CancelAsync();
        }

        await _watching;
        foreach (var socket in _sockets)
        {
            await socket.DisposeAsync();
        }

        _sockets.Clear();
    }

    [LoggerMessage(6, LogLevel.Debug, "The command line can't reach this AppHost: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string reason);
}
