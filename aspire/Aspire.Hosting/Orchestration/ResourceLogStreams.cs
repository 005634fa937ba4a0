using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Brings the output of instances into <see cref="ResourceLoggerService"/> once somebody watches it. The streams stay open until
/// the instance starts again, so that a second watcher gets no line twice.
/// </summary>
internal sealed class ResourceLogStreams : IAsyncDisposable
{
    private static readonly (string Source, bool IsError)[] s_ofProcess = [("system", false), ("stdout", false), ("stderr", true)];
    private static readonly (string Source, bool IsError)[] s_ofContainer =
        [("system", false), ("startup_stdout", false), ("startup_stderr", true), ("stdout", false), ("stderr", true)];

    private readonly ConcurrentDictionary<string, OpenStreams> _open = new(StringComparer.OrdinalIgnoreCase);
    private readonly AppResources _resources;
    private readonly ResourceLoggerService _loggers;
    private readonly DcpHost _host;
    private readonly CancellationTokenSource _disposing = new();

    public ResourceLogStreams(AppResources resources, ResourceLoggerService loggers, DcpHost host)
    {
        _resources = resources;
        _loggers = loggers;
        _host = host;
        loggers.SubscribersChanged += OnSubscribersChanged;
        loggers.StoredLines = StoredLinesOf;
    }

    /// <summary>Call when the object was created: there is something to stream now.</summary>
    public void OnCreated(AppInstance instance)
    {
        if (_loggers.HasSubscribers(instance.Name))
        {
            Open(instance);
        }
    }

    /// <summary>Call when the object was deleted; the next one gets streams of its own.</summary>
    public async Task OnDeletedAsync(AppInstance instance)
    {
        if (_open.TryRemove(instance.Name, out var streams))
        {
            await streams.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposing.IsCancellationRequested)
        {
            return;
        }

        _loggers.SubscribersChanged -= OnSubscribersChanged;
        _loggers.StoredLines = null;
        await _disposing.CancelAsync();
        foreach (var streams in _open.Values)
        {
            await streams.DisposeAsync();
        }

    }

    private void OnSubscribersChanged(string name, bool hasSubscribers)
    {
        if (hasSubscribers && _resources.TryGetInstance(name, out var instance) && instance.IsCreated)
        {
            Open(instance);
        }
    }

    private void Open(AppInstance instance)
    {
        if (_disposing.IsCancellationRequested)
        {
            return;
        }

        var streams = new OpenStreams(CancellationTokenSource.CreateLinkedTokenSource(_disposing.Token));
        if (!_open.TryAdd(instance.Name, streams))
        {
            return;
        }

        streams.Running = Task.WhenAll(SourcesOf(instance).Select(s => Task.Run(() => CopyAsync(instance, s.Source, s.IsError, streams.Token), CancellationToken.None)));
    }

    private static (string Source, bool IsError)[] SourcesOf(AppInstance instance) =>
        instance.Owner.Kind == AppResourceKind.Container ? s_ofContainer : s_ofProcess;

    /// <returns>Null: nothing is running, or its streams are open and their lines are kept already.</returns>
    private IAsyncEnumerable<(string Content, bool IsError)>? StoredLinesOf(string name) =>
        _resources.TryGetInstance(name, out var instance) && instance.IsCreated && !_open.ContainsKey(name) ? ReadStoredAsync(instance) : null;

    private async IAsyncEnumerable<(string Content, bool IsError)> ReadStoredAsync(AppInstance instance)
    {
        if (await _host.StartedOrNullAsync() is not { } client)
        {
            yield break;
        }

        foreach (var (source, isError) in SourcesOf(instance))
        {
            await foreach (var line in LinesOf(client, instance, source, follow: false, _disposing.Token))
            {
                var (text, isSystemError) = source == "system" ? DcpSystemLog.Format(line) : (line, false);
                yield return (text, isError || isSystemError);
            }
        }
    }

    private static IAsyncEnumerable<string> LinesOf(DcpClient client, AppInstance instance, string source, bool follow, CancellationToken cancellationToken) =>
        instance.Owner.Kind == AppResourceKind.Container
            ? client.LogAsync<DcpContainer>(instance.Name, source, follow, tail: null, cancellationToken)
            : client.LogAsync<DcpExecutable>(instance.Name, source, follow, tail: null, cancellationToken);

    private async Task CopyAsync(AppInstance instance, string source, bool isError, CancellationToken cancellationToken)
    {
        try
        {
            if (await _host.StartedOrNullAsync() is not { } client)
            {
                return;
            }

            await foreach (var line in LinesOf(client, instance, source, follow: true, cancellationToken))
            {
                var (text, isSystemError) = source == "system" ? DcpSystemLog.Format(line) : (line, false);
                _loggers.AddLine(instance.Name, text, isError || isSystemError);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException or DcpRequestException or IOException)
        {
            // The instance, the orchestrator or this run is at its end.
        }
    }

    private sealed class OpenStreams(CancellationTokenSource cancellation) : IAsyncDisposable
    {
        public CancellationToken Token { get; } = cancellation.Token;

        public Task Running { get; set; } = Task.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            await cancellation.CancelAsync();
            await Running;
            cancellation.Dispose();
        }
    }
}
