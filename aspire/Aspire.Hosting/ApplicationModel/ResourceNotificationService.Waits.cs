using System.Collections.Immutable;
using Aspire.Hosting.Orchestration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.ApplicationModel;

public sealed partial class ResourceNotificationService
{
    /// <summary>Ends when the resource is healthy and its ready handlers have ended, in one of its instances.</summary>
    /// <exception cref="DistributedApplicationException">There is no such resource, or it became unavailable and the default is not to wait for its return.</exception>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, DefaultWaitBehavior, cancellationToken);

    /// <inheritdoc cref="WaitForResourceHealthyAsync(string, CancellationToken)"/>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        if (_services.GetService<DistributedApplicationModel>() is { } model
            && !model.Resources.Any(r => NamesEqual(r.Name, resourceName) || InstanceNames(r).Any(i => NamesEqual(i, resourceName))))
        {
            throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy because it does not exist in the application model.");
        }

        var stops = waitBehavior == WaitBehavior.StopOnResourceUnavailable;
        var reached = await WaitForResourceAsync(
            resourceName,
            e => e.Snapshot.HealthStatus == HealthStatus.Healthy || (stops && IsUnavailable(e.Snapshot)),
            cancellationToken);
        if (reached.Snapshot.HealthStatus == HealthStatus.Healthy)
        {
            reached = await WaitForResourceAsync(
                reached.ResourceId,
                e => e.Snapshot.ResourceReadyEvent is not null || (stops && IsUnavailable(e.Snapshot)),
                cancellationToken);
        }

        if (reached.Snapshot.ResourceReadyEvent is not { } ready)
        {
            throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy because {UnavailableReason(reached.Snapshot)}.");
        }

        await ready.EventTask.WaitAsync(cancellationToken);
        return reached;
    }

    /// <summary>Ends when everything that the resource waits for is there; meanwhile it is shown as waiting, with what it still waits for.</summary>
    /// <exception cref="DistributedApplicationException">A dependency can't be had.</exception>
    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var waits = resource.Annotations.OfType<WaitAnnotation>().Where(w => w.Resource is not IResourceWithoutLifetime).ToArray();
        if (waits.Length == 0)
        {
            return;
        }

        var pending = new PendingDependencies(waits.SelectMany(w => InstanceNames(InModel(w.Resource))));

        // One replica may start again while the others run; those don't wait for anything.
        await PublishUpdateAsync(resource, s => s.State?.Text == KnownResourceStates.Running ? s : WithPending(s, pending) with { State = KnownResourceStates.Waiting });
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var tasks = waits.Select(w => WaitOnAsync(resource, w, pending, failed.Token)).ToList();
            while (tasks.Count > 0)
            {
                var ended = await Task.WhenAny(tasks);
                tasks.Remove(ended);
                await ended;
            }
        }
        finally
        {
            await failed.CancelAsync();
            await PublishUpdateAsync(resource, s => s with { Properties = new PropertyList(s.Properties).Remove(KnownProperties.Resource.WaitingFor).ToImmutable() });
        }
    }

    private async Task WaitOnAsync(IResource resource, WaitAnnotation wait, PendingDependencies pending, CancellationToken cancellationToken)
    {
        var dependency = InModel(wait.Resource);
        var logger = _services.GetService<ResourceLoggerService>()?.GetLogger(resource) ?? NullLogger.Instance;
        if (wait.WaitType == WaitType.WaitForCompletion)
        {
            logger.LogInformation("Waiting for resource '{ResourceName}' to complete.", dependency.Name);
        }
        else
        {
            logger.LogInformation("Waiting for resource '{ResourceName}' to enter the '{State}' state.", dependency.Name, KnownResourceStates.Running);
        }

        var instances = InstanceNames(dependency);
        var tasks = instances.Select(async instance =>
        {
            var who = new Waiter(resource, dependency, instance, instances.Count > 1 ? instance : dependency.Name, logger);
            await (wait.WaitType switch
            {
                WaitType.WaitForCompletion => WaitUntilCompletedAsync(who, wait.ExitCode, cancellationToken),
                WaitType.WaitUntilStarted => WaitUntilRunningAsync(who, wait, cancellationToken),
                _ => WaitUntilHealthyAsync(who, wait, cancellationToken),
            });
            logger.LogInformation("Finished waiting for resource '{ResourceName}'.", who.DisplayName);
            if (pending.Remove(instance) && !cancellationToken.IsCancellationRequested)
            {
                await PublishUpdateAsync(resource, s => s.State?.Text == KnownResourceStates.Waiting ? WithPending(s, pending) : s);
            }
        }).ToList();
        while (tasks.Count > 0)
        {
            var ended = await Task.WhenAny(tasks);
            tasks.Remove(ended);
            await ended;
        }
    }

    /// <summary>Only before it was seen running does a failure of the dependency end the wait; afterwards its health decides.</summary>
    private async Task WaitUntilRunningAsync(Waiter who, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        var stops = (wait.WaitBehavior ?? DefaultWaitBehavior) == WaitBehavior.StopOnResourceUnavailable;
        var reached = await WaitForInstanceAsync(
            who,
            s => s.State?.Text == KnownResourceStates.Running || (stops && IsUnavailable(s)),
            cancellationToken);
        if (reached.State?.Text == KnownResourceStates.Running)
        {
            return;
        }

        if (reached.State?.Text == KnownResourceStates.FailedToStart)
        {
            throw FailedToStart(who);
        }

        who.Logger.LogError("Resource '{ResourceName}' has entered the '{State}' state prematurely.", who.DisplayName, reached.State?.Text);
        throw new DistributedApplicationException(
            $"Resource '{who.Resource.Name}' stopped waiting for dependency resource '{who.DisplayName}' because it entered the '{reached.State?.Text}' state prematurely.");
    }

    private async Task WaitUntilHealthyAsync(Waiter who, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        await WaitUntilRunningAsync(who, wait, cancellationToken);
        if (who.Dependency.HasAnnotationOfType<HealthCheckAnnotation>())
        {
            who.Logger.LogInformation("Waiting for resource '{ResourceName}' to become healthy.", who.DisplayName);
            await WaitForInstanceAsync(who, s => s.HealthStatus == HealthStatus.Healthy, cancellationToken);
        }

        who.Logger.LogInformation("Waiting for resource ready to execute for '{ResourceName}'.", who.DisplayName);
        var reached = await WaitForInstanceAsync(who, s => s.ResourceReadyEvent is not null, cancellationToken);
        await reached.ResourceReadyEvent!.EventTask.WaitAsync(cancellationToken);
    }

    private async Task WaitUntilCompletedAsync(Waiter who, int expected, CancellationToken cancellationToken)
    {
        var reached = await WaitForInstanceAsync(who, s => KnownResourceStates.TerminalStates.Contains(s.State?.Text), cancellationToken);
        if (reached.State?.Text == KnownResourceStates.FailedToStart)
        {
            throw FailedToStart(who);
        }

        if (reached.ExitCode is { } code && code != expected)
        {
            who.Logger.LogError(
                "Resource '{ResourceName}' has entered the '{State}' state with exit code '{ExitCode}' expected '{ExpectedExitCode}'.",
                who.DisplayName,
                reached.State?.Text,
                code,
                expected);
            throw new DistributedApplicationException(
                $"Resource '{who.Resource.Name}' stopped waiting for dependency resource '{who.DisplayName}' because it entered the '{reached.State?.Text}' state with exit code '{code}', expected '{expected}'.");
        }
    }

    private static DistributedApplicationException FailedToStart(Waiter who)
    {
        who.Logger.LogError("Dependency resource '{ResourceName}' failed to start.", who.DisplayName);
        return new DistributedApplicationException(
            $"Resource '{who.Resource.Name}' stopped waiting for dependency resource '{who.DisplayName}' because it failed to start.");
    }

    private async Task<CustomResourceSnapshot> WaitForInstanceAsync(Waiter who, Func<CustomResourceSnapshot, bool> predicate, CancellationToken cancellationToken) =>
        (await WaitForResourceAsync(who.Instance, e => NamesEqual(e.ResourceId, who.Instance) && predicate(e.Snapshot), cancellationToken)).Snapshot;

    private static CustomResourceSnapshot WithPending(CustomResourceSnapshot snapshot, PendingDependencies pending) =>
        snapshot with { Properties = new PropertyList(snapshot.Properties).Set(KnownProperties.Resource.WaitingFor, pending.Names()).ToImmutable() };

    /// <summary>The resource of that name may have replaced the one that the wait was declared on.</summary>
    private IResource InModel(IResource resource) =>
        _services.GetService<DistributedApplicationModel>()?.Resources.FirstOrDefault(r => NamesEqual(r.Name, resource.Name)) ?? resource;

    private static bool IsUnavailable(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text is { } state && (KnownResourceStates.TerminalStates.Contains(state) || state == KnownResourceStates.RuntimeUnhealthy);

    private static string UnavailableReason(CustomResourceSnapshot snapshot) => snapshot.State?.Text switch
    {
        null => "it became unavailable",
        nameof(KnownResourceStates.FailedToStart) => "it failed to start",
        { } state => $"it entered the '{state}' state",
    };

    private sealed record Waiter(IResource Resource, IResource Dependency, string Instance, string DisplayName, ILogger Logger);

    /// <summary>Instances still waited for; one that several waits name leaves when the last of them is content.</summary>
    private sealed class PendingDependencies(IEnumerable<string> instances)
    {
        private readonly Lock _lock = new();
        private readonly List<string> _instances = [.. instances];

        /// <returns>True when nobody waits for it any more and others are left.</returns>
        public bool Remove(string instance)
        {
            lock (_lock)
            {
                _instances.Remove(instance);
                return _instances.Count > 0 && !_instances.Contains(instance);
            }
        }

        public ImmutableArray<string> Names()
        {
            lock (_lock)
            {
                return [.. _instances.Distinct()];
            }
        }
    }
}
