using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Follows the orchestrator's objects and passes on what changed.</summary>
internal sealed partial class DcpWatcher(
    AppResources resources,
    ActiveEndpoints endpoints,
    InstanceSnapshots snapshots,
    ResourceNotificationService notifications,
    InstanceEnds ends,
    CompletionWatch completions,
    ResourceHierarchy hierarchy,
    TimeProvider clock,
    ILogger<DcpWatcher> logger)
{
    /// <summary>Between two attempts to watch, when the orchestrator closed the stream.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs until cancelled.</summary>
    public Task RunAsync(DcpClient client, CancellationToken cancellationToken)
    {
        List<Task> watches =
        [
            FollowAsync<DcpService>(client, OnService, cancellationToken),
            FollowAsync<DcpEndpoint>(client, OnEndpointAsync, cancellationToken),
            FollowAsync<DcpExecutable>(client, change => OnExecutableAsync(change, cancellationToken), cancellationToken),
        ];
        if (resources.HasContainers)
        {
            watches.Add(FollowAsync<DcpContainer>(client, OnContainerAsync, cancellationToken));
        }

        return Task.WhenAll(watches);
    }

    private async Task FollowAsync<T>(DcpClient client, Func<DcpWatchEvent<T>, Task> handle, CancellationToken cancellationToken)
        where T : IDcpObject<T>
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in client.WatchAsync<T>(cancellationToken))
                {
                    await handle(change);
                }

                await Task.Delay(s_pause, clock, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (HttpRequestException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogWatchFailed(exception, T.Plural);
                await Task.Delay(s_pause, clock, CancellationToken.None);
            }
        }
    }

    private Task OnService(DcpWatchEvent<DcpService> change)
    {
        if (change.Object.Status?.EffectivePort is > 0 and { } port && resources.TryGetService(change.Object.Metadata.Name, out var service))
        {
            service.Port.TrySetResult(port);
        }

        return Task.CompletedTask;
    }

    private async Task OnEndpointAsync(DcpWatchEvent<DcpEndpoint> change)
    {
        if (endpoints.Apply(change) is { } owner && resources.TryGetInstance(owner, out var instance))
        {
            await notifications.PublishUpdateAsync(instance.Owner.Model, instance.Name, s => snapshots.WithUrls(instance, s));
        }
    }

    private async Task OnExecutableAsync(DcpWatchEvent<DcpExecutable> change, CancellationToken cancellationToken)
    {
        var executable = change.Object;
        if (!Concerns(change.Type, executable.Metadata, out var instance)
            || (instance.Executable is { } known && known.Metadata.Uid == executable.Metadata.Uid && IsSame(known.Status, executable.Status)))
        {
            return;
        }

        var before = InstanceSnapshots.StateOf(instance);
        instance.Executable = executable;
        if (InstanceSnapshots.StateOf(instance) != before)
        {
            completions.OnChanged(instance, cancellationToken);
        }

        await PublishAsync(instance, before);
    }

    private async Task OnContainerAsync(DcpWatchEvent<DcpContainer> change)
    {
        var container = change.Object;
        if (!Concerns(change.Type, container.Metadata, out var instance))
        {
            return;
        }

        var before = InstanceSnapshots.StateOf(instance);
        instance.Container = container;
        await PublishAsync(instance, before);
        foreach (var child in hierarchy.Followers(instance.Owner.Model))
        {
            await notifications.PublishUpdateAsync(child, s => s with
            {
                State = InstanceSnapshots.StateOf(instance),
                StartTimeStamp = container.Status?.StartupTimestamp?.UtcDateTime,
                StopTimeStamp = container.Status?.FinishTimestamp?.UtcDateTime,
            });
        }
    }

    private async Task PublishAsync(AppInstance instance, string? before)
    {
        await notifications.PublishUpdateAsync(instance.Owner.Model, instance.Name, s => snapshots.Current(instance, s));
        await ends.OnChangedAsync(instance, before);
    }

    private bool Concerns(string type, DcpMetadata metadata, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out AppInstance? instance)
    {
        instance = null;
        return type is "ADDED" or "MODIFIED" && resources.TryGetInstance(metadata.Name, out instance) && !instance.IsForgotten(metadata.Uid);
    }

    /// <summary>Many changes repeat what is known already.</summary>
    private static bool IsSame(DcpExecutableStatus? known, DcpExecutableStatus? latest) =>
        known?.State == latest?.State
        && known?.Pid == latest?.Pid
        && known?.ExitCode == latest?.ExitCode
        && known?.StartupTimestamp == latest?.StartupTimestamp
        && known?.FinishTimestamp == latest?.FinishTimestamp
        && known?.EffectiveArgs?.Count == latest?.EffectiveArgs?.Count
        && known?.EffectiveEnv?.Count == latest?.EffectiveEnv?.Count;

    [LoggerMessage(1, LogLevel.Warning, "Watching the orchestrator's {Kind} failed; it is tried again.")]
    private partial void LogWatchFailed(Exception exception, string kind);
}
