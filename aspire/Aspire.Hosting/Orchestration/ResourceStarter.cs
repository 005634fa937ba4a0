using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Takes instances of a resource from the plan to the orchestrator: tell, wait, resolve, create.</summary>
internal sealed class ResourceStarter(
    DcpHost host,
    ResourceConfiguration configuration,
    WorkloadObjects workloads,
    ContainerObjects containers,
    InstanceSnapshots snapshots,
    ResourceHierarchy hierarchy,
    ResourceLogStreams logs,
    FailureReport failures,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing,
    IHostApplicationLifetime lifetime,
    IServiceProvider services)
{
    /// <summary>Tells with what the instances will start, before any resource does.</summary>
    public async Task PlanAsync(AppResource resource)
    {
        foreach (var instance in resource.Instances)
        {
            await PublishAsync(instance, s => snapshots.Planned(instance, s) with
            {
                State = resource.StartsByItself || resource.Model is ProjectRebuilderResource ? s.State : KnownResourceStates.NotStarted,
            });
        }
    }

    /// <summary>The first start of all instances together. A failure becomes the resource's state and doesn't throw.</summary>
    public async Task StartAllAsync(AppResource resource, CancellationToken cancellationToken)
    {
        if (resource.Model is ProjectRebuilderResource)
        {
            return;
        }

        await GuardAsync(resource, resource.Instances, async () =>
        {
            await PublishConnectionStringsAsync(resource.Model, cancellationToken);
            if (resource.StartsByItself)
            {
                await StartAsync(resource, resource.Instances, onRequest: false, cancellationToken);
            }
            else if (resource.Kind == AppResourceKind.Container)
            {
                await CreateAllAsync(resource, resource.Instances, start: false, cancellationToken);
            }
        });
    }

    /// <summary>A start on request, of one instance.</summary>
    /// <returns>Null on success, else why it failed.</returns>
    public async Task<string?> StartOneAsync(AppInstance instance, CancellationToken cancellationToken) =>
        await GuardAsync(instance.Owner, [instance], () => StartAsync(instance.Owner, [instance], onRequest: true, cancellationToken));

    private async Task StartAsync(AppResource resource, IReadOnlyList<AppInstance> instances, bool onRequest, CancellationToken cancellationToken)
    {
        var reports = InitialHealthReports(hierarchy.HealthCheckKeys(resource.Model));
        foreach (var instance in instances)
        {
            instance.IsStopRequested = false;
            instance.WaitSkipped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await PublishAsync(instance, s => s with { State = KnownResourceStates.Starting, HealthReports = reports, ResourceReadyEvent = null });
        }

        if (resource.Kind == AppResourceKind.Container)
        {
            await PublishFollowersAsync(resource, s => s with { State = KnownResourceStates.Starting });
        }

        if (resource.Obstacle is { } obstacle)
        {
            loggers.GetLogger(resource.Model).LogError("{Obstacle}", obstacle);
            throw new ResourceObstacleException(obstacle);
        }

        await eventing.PublishAsync(new BeforeResourceStartedEvent(resource.Model, services), cancellationToken);
        if (instances is [{ IsCreated: true, Container: { Spec.Start: false } container } waiting])
        {
            var client = await host.StartAsync(cancellationToken);
            await client.PatchAsync<DcpContainer>(waiting.Name, new DcpPatchSpec(Start: true), cancellationToken);
            container.Spec.Start = true;
            return;
        }

        // As the official host writes it.
        await CreateAllAsync(resource, instances, start: onRequest && resource.Kind != AppResourceKind.Container ? true : null, cancellationToken);
    }

    private async Task CreateAllAsync(AppResource resource, IReadOnlyList<AppInstance> instances, bool? start, CancellationToken cancellationToken)
    {
        var logger = loggers.GetLogger(resource.Model);
        var resolved = await configuration.ResolveAsync(resource, logger, cancellationToken);
        var client = await host.StartAsync(cancellationToken);
        await Task.WhenAll(instances.Select(async instance =>
        {
            if (resource.Kind == AppResourceKind.Container)
            {
                var container = await containers.CreateAsync(instance, resolved, logger, cancellationToken);
                container.Spec.Start = start;
                await client.CreateAsync(container, cancellationToken);
            }
            else
            {
                var executable = workloads.Executable(instance, resolved);
                executable.Spec.Start = start;
                await client.CreateAsync(executable, cancellationToken);
            }

            instance.IsCreated = true;
            logs.OnCreated(instance);
        }));
    }

    /// <summary>Turns whatever goes wrong into the state of the instances, a line in the resource's log and one on the console.</summary>
    private async Task<string?> GuardAsync(AppResource resource, IReadOnlyList<AppInstance> instances, Func<Task> start)
    {
        string reason;
        try
        {
            await start();
            return null;
        }
        catch (Exception exception)
        {
            reason = exception.Message;
            if (exception is OperationCanceledException && lifetime.ApplicationStopping.IsCancellationRequested)
            {
                reason = "The application is stopping.";
            }
            else if (exception is not (ConfigurationFailedException or DistributedApplicationException or ResourceObstacleException))
            {
                loggers.GetLogger(resource.Model).LogError(exception, "Failed to create resource {ResourceName}", resource.Name);
            }
        }
        finally
        {
            foreach (var instance in instances)
            {
                instance.WaitSkipped = null;
            }
        }

        foreach (var instance in instances)
        {
            await PublishAsync(instance, s => s with { State = KnownResourceStates.FailedToStart });
        }

        if (resource.Kind == AppResourceKind.Container)
        {
            await PublishFollowersAsync(resource, s => s with { State = KnownResourceStates.FailedToStart, StartTimeStamp = null, StopTimeStamp = null });
        }

        failures.ReportNotStarted(resource.Name, reason);
        return reason;
    }

    private static ImmutableArray<HealthReportSnapshot> InitialHealthReports(IReadOnlyList<string> keys) =>
        [.. keys.Select(k => new HealthReportSnapshot(k, null, null, null))];

    /// <summary>A server tells for its databases too.</summary>
    private async Task PublishConnectionStringsAsync(IResource resource, CancellationToken cancellationToken)
    {
        foreach (var current in hierarchy.Followers(resource).Prepend(resource).OfType<IResourceWithConnectionString>())
        {
            await eventing.PublishAsync(new ConnectionStringAvailableEvent(current, services), cancellationToken);
        }
    }

    private async Task PublishFollowersAsync(AppResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        foreach (var child in hierarchy.Followers(resource.Model))
        {
            await notifications.PublishUpdateAsync(child, change);
        }
    }

    private Task PublishAsync(AppInstance instance, Func<CustomResourceSnapshot, CustomResourceSnapshot> change) =>
        notifications.PublishUpdateAsync(instance.Owner.Model, instance.Name, change);

    private sealed class ResourceObstacleException(string message) : Exception(message);
}
