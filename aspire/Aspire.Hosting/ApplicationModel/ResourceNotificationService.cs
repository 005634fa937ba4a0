using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Aspire.Hosting.Orchestration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>How waits behave that do not say it themselves.</summary>
public class ResourceNotificationServiceOptions
{
    public WaitBehavior DefaultWaitBehavior { get; set; }
}

/// <summary>The latest snapshot of every instance, its changes, and waiting for them.</summary>
public sealed partial class ResourceNotificationService : IDisposable
{
    private readonly ConcurrentDictionary<string, InstanceState> _instances = new(StringComparer.OrdinalIgnoreCase);
    private readonly IServiceProvider _services;
    private readonly CancellationTokenSource _disposing = new();
    private readonly CancellationToken _ending;
    private readonly CancellationTokenRegistration _stopping;
    private int _disposed;
    private readonly Lock _publishing = new();
    private ImmutableArray<Channel<ResourceEvent>> _watchers = [];

    public ResourceNotificationService(
        IHostApplicationLifetime hostApplicationLifetime,
        IServiceProvider serviceProvider)
    {
        _services = serviceProvider;
        _ending = _disposing.Token;
        DefaultWaitBehavior = ((IOptions<ResourceNotificationServiceOptions>?)serviceProvider.GetService(typeof(IOptions<ResourceNotificationServiceOptions>)))
            ?.Value.DefaultWaitBehavior ?? WaitBehavior.StopOnResourceUnavailable;
        _stopping = hostApplicationLifetime.ApplicationStopping.Register(_disposing.Cancel);
    }

    internal WaitBehavior DefaultWaitBehavior { get; set; }

    /// <summary>Watches that were begun and not yet left.</summary>
    internal int Watchers => _watchers.Length;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        _stopping.Dispose();
        _disposing.Cancel();
        _disposing.Dispose();
    }

    /// <summary>Changes the snapshot of all instances of the resource.</summary>
    public async Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        foreach (var instance in InstanceNames(resource))
        {
            await PublishUpdateAsync(resource, instance, stateFactory);
        }
    }

    /// <summary>Changes the snapshot of one instance; calls for the same instance run one after the other.</summary>
    /// <param name="resourceId">Name of the instance.</param>
    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(resourceId);
        ArgumentNullException.ThrowIfNull(stateFactory);
        lock (_publishing)
        {
            var state = _instances.GetOrAdd(resourceId, id => new InstanceState(resource, id));
            var previous = state.Snapshot ?? InitialSnapshot(resource);
            var next = WithCommandStates(resource, stateFactory(previous)) with { Version = previous.Version + 1 };
            state.Snapshot = next;
            var change = new ResourceEvent(resource, resourceId, next);
            foreach (var watcher in _watchers)
            {
                watcher.Writer.TryWrite(change);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>First the latest snapshot of every instance, then each change, until cancelled.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ending);
        var channel = Channel.CreateUnbounded<ResourceEvent>(new UnboundedChannelOptions { SingleReader = true });
        ResourceEvent[] initial;
        lock (_publishing)
        {
            initial = [.. _instances.Values.Where(s => s.Snapshot is not null).Select(s => new ResourceEvent(s.Resource, s.ResourceId, s.Snapshot!))];
            _watchers = _watchers.Add(channel);
        }

        try
        {
            foreach (var change in initial)
            {
                yield return change;
            }

            await foreach (var change in channel.Reader.ReadAllAsync(either.Token))
            {
                yield return change;
            }
        }
        finally
        {
            lock (_publishing)
            {
                _watchers = _watchers.Remove(channel);
            }
        }
    }

    /// <param name="resourceId">Name of an instance, or of a resource with one instance.</param>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        var state = _instances.GetValueOrDefault(resourceId);
        if (state is null)
        {
            var byName = _instances.Values.Where(s => NamesEqual(s.Resource.Name, resourceId)).Take(2).ToArray();
            state = byName.Length == 1 ? byName[0] : null;
        }

        resourceEvent = state?.Snapshot is { } snapshot ? new ResourceEvent(state.Resource, state.ResourceId, snapshot) : null;
        return resourceEvent is not null;
    }

    /// <param name="targetState">Null: running.</param>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    /// <returns>The state that was reached first.</returns>
    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var wanted = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var reached = await WaitForResourceAsync(resourceName, e => e.Snapshot.State?.Text is { } text && wanted.Contains(text), cancellationToken);
        return reached.Snapshot.State!.Text;
    }

    public async Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ending);
        await foreach (var change in WatchAsync(either.Token))
        {
            if ((NamesEqual(change.Resource.Name, resourceName) || NamesEqual(change.ResourceId, resourceName)) && predicate(change))
            {
                return change;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new OperationCanceledException($"The operation was cancelled while waiting for resource '{resourceName}'.");
    }

    internal static bool NamesEqual(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    /// <summary>Instances as the orchestrator decided them; before that, and for resources that it does not run, the resource's own name.</summary>
    internal static IReadOnlyList<string> InstanceNames(IResource resource) =>
        resource.TryGetLastAnnotation<DcpInstancesAnnotation>(out var instances)
            ? [.. instances.Instances.Select(i => i.Name)]
            : [resource.Name];

    private static CustomResourceSnapshot InitialSnapshot(IResource resource) =>
        resource.TryGetLastAnnotation<ResourceSnapshotAnnotation>(out var annotation)
            ? annotation.InitialSnapshot
            : new CustomResourceSnapshot
            {
                ResourceType = AppResource.TryGetKind(resource, out var kind) ? kind.Value.ToString() : resource.GetType().Name,
                Properties = [],
            };

    private CustomResourceSnapshot WithCommandStates(IResource resource, CustomResourceSnapshot snapshot)
    {
        var commands = ImmutableArray.CreateBuilder<ResourceCommandSnapshot>();
        foreach (var command in resource.Annotations.OfType<ResourceCommandAnnotation>())
        {
            var state = command.UpdateState(new UpdateCommandStateContext { ResourceSnapshot = snapshot, ServiceProvider = _services });
            commands.Add(new ResourceCommandSnapshot(
                command.Name,
                state,
                command.DisplayName,
                command.DisplayDescription,
                command.Parameter,
                command.ConfirmationMessage,
                command.IconName,
                command.IconVariant,
                command.IsHighlighted)
            {
                Arguments = command.Arguments,
            });
        }

        return snapshot with { Commands = commands.ToImmutable() };
    }

    private sealed class InstanceState(IResource resource, string resourceId)
    {
        public IResource Resource { get; } = resource;

        public string ResourceId { get; } = resourceId;

        public CustomResourceSnapshot? Snapshot { get; set; }
    }
}
