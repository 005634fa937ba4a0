using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Parameters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Orchestration;

/// <summary>Brings the whole application up, in the order that its events promise, and down again.</summary>
internal sealed partial class ApplicationOrchestrator(
    DistributedApplicationModel model,
    AppResources resources,
    ResourceNames names,
    EndpointPlan endpoints,
    ResourceUrls urls,
    ResourceStarter starter,
    DcpHost host,
    DcpWatcher watcher,
    ResourceLogStreams logs,
    ResourceHierarchy hierarchy,
    ParameterProcessor parameters,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing,
    IOptions<HealthCheckServiceOptions> healthChecks,
    IConfiguration configuration,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<ApplicationOrchestrator> logger) : IAsyncDisposable
{
    /// <summary>A free port is there within a quarter of a second.</summary>
    private static readonly TimeSpan s_allocationTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_cleanupPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>An ordinary service ends within half a second.</summary>
    private static readonly TimeSpan s_stopBeforeDashboard = TimeSpan.FromSeconds(3);

    /// <summary>When the orchestrator doesn't answer any more it is gone, and everything with it.</summary>
    private static readonly TimeSpan s_stopRequestTimeout = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;
    private int _isStopped;

    /// <summary>Ends when every resource that starts by itself was created, after its waits, or has failed.</summary>
    /// <exception cref="InvalidOperationException">The model contradicts itself.</exception>
    /// <exception cref="DistributedApplicationException">The orchestrator can't be had, or the model contradicts itself.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token, lifetime.ApplicationStopping);
        var token = either.Token;
        Prepare();
        eventing.Subscribe<BeforeResourceStartedEvent>(WaitForDependenciesAsync);
        eventing.Subscribe<ConnectionStringAvailableEvent>(PublishConnectionStringAsync);
        await PublishInitialStateAsync();
        _ = Task.Run(() => PublishInitializeEvents(token), CancellationToken.None);

        var client = await host.StartAsync(token);
        _watching = Task.Run(() => watcher.RunAsync(client, _stopping.Token), CancellationToken.None);
        await Task.WhenAll(CreateServicesAsync(client, token), CreateNetworkAsync(client, token));
        await AllocateAsync(token);
        foreach (var resource in resources.All.Reverse())
        {
            await urls.PublishAsync(resource.Model, token);
            await eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(resource.Model, services), token);
        }

        foreach (var resource in resources.All)
        {
            await starter.PlanAsync(resource);
        }

        var started = resources.All.Select(r => (Resource: r, Task: Task.Run(() => starter.StartAllAsync(r, token), CancellationToken.None))).ToArray();
        await Task.WhenAll(started.Where(s => s.Resource.StartsByItself).Select(s => s.Task));
        token.ThrowIfCancellationRequested();
        await eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), token);
    }

    /// <summary>Asks for the end of everything; returns at once, or when all is gone where the configuration says so.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isStopped, 1) != 0)
        {
            return;
        }

        if (await host.StartedOrNullAsync() is not { } client)
        {
            await _stopping.CancelAsync();
            return;
        }

        try
        {
            await StopBeforeDashboardAsync(client);
            await _stopping.CancelAsync();
            if (configuration.GetValue<bool>("DcpPublisher:WaitForResourceCleanup"))
            {
                await CleanUpAsync(client, cancellationToken);
            }

            using var limit = new CancellationTokenSource(s_stopRequestTimeout, clock);
            await client.SetExecutionAsync("Stopping", limit.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or DcpRequestException or OperationCanceledException or IOException)
        {
            LogStopFailed(exception);
        }

        await _stopping.CancelAsync();
        await _watching;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await logs.DisposeAsync();
        _stopping.Dispose();
    }

    /// <summary>
    /// Services send their last telemetry when they end. To a dashboard that ended at the same moment they would try until the orchestrator
    /// kills them after six seconds, because its proxy still takes the connection. So the dashboard ends after them.
    /// </summary>
    private async Task StopBeforeDashboardAsync(DcpClient client)
    {
        if (!resources.All.Any(LifecycleCommands.IsDashboard))
        {
            return;
        }

        var running = resources.All
            .Where(r => r.Kind != AppResourceKind.Container && !LifecycleCommands.IsDashboard(r))
            .SelectMany(r => r.Instances)
            .Where(i => i.Executable?.Status?.State == KnownResourceStates.Running)
            .ToArray();
        using var limit = new CancellationTokenSource(s_stopBeforeDashboard, clock);
        try
        {
            await Task.WhenAll(running.Select(i =>
            {
                i.IsStopRequested = true;
                return client.PatchAsync<DcpExecutable>(i.Name, new DcpPatchSpec(Stop: true), limit.Token);
            }));
            while (running.Any(i => !KnownResourceStates.TerminalStates.Contains(InstanceSnapshots.StateOf(i))))
            {
                await Task.Delay(s_cleanupPoll, clock, limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever takes longer ends with the rest.
        }
    }

    private async Task CleanUpAsync(DcpClient client, CancellationToken cancellationToken)
    {
        await client.SetExecutionAsync("CleaningResources", cancellationToken);
        while (await client.GetExecutionAsync(cancellationToken) is { Status: not ("CleanupComplete" or "Stopping") })
        {
            await Task.Delay(s_cleanupPoll, clock, cancellationToken);
        }
    }

    private void Prepare()
    {
        foreach (var resource in model.Resources)
        {
            names.EnsureInstances(resource);
        }

        EndpointPlan.ResolveProxies(model.Resources);
        resources.Set([.. model.Resources.Select(AppResource.From).OfType<AppResource>()]);
        ModelValidation.Validate(resources.All, model);
        RequireHealthChecks();
        endpoints.Prepare(resources.All);
        FixedPorts.Check(resources.All);
        resources.SetServices(endpoints.AllServices(resources.All));
        foreach (var resource in resources.All)
        {
            LifecycleCommands.AddTo(resource.Model);
        }
    }

    private void RequireHealthChecks()
    {
        var known = healthChecks.Value.Registrations.Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
        var missing = model.Resources
            .SelectMany(r => r.Annotations.OfType<HealthCheckAnnotation>().Where(a => !known.Contains(a.Key)).Select(a => (Resource: r.Name, a.Key)))
            .ToArray();
        foreach (var (resource, key) in missing)
        {
            LogMissingHealthCheck(key, resource);
        }

        if (missing.Length > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(HealthCheckServiceOptions), ["A health check registration is missing. Check logs for more details."]);
        }
    }

    private async Task PublishInitialStateAsync()
    {
        await parameters.InitializeParametersAsync(model.Resources.OfType<ParameterResource>());
        var now = clock.GetUtcNow().UtcDateTime;
        foreach (var resource in model.Resources)
        {
            var parent = hierarchy.ParentOf(resource);
            var relationships = resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(r => new RelationshipSnapshot(r.Resource.Name, r.Type));
            if (resource is IResourceWithParent child)
            {
                relationships = relationships.Append(new RelationshipSnapshot(child.Parent.Name, KnownRelationshipTypes.Parent)).Distinct();
            }

            var icon = resource.Annotations.OfType<ResourceIconAnnotation>().LastOrDefault();
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                CreationTimeStamp = s.CreationTimeStamp ?? now,
                Relationships = [.. relationships],
                Urls = ResourceUrls.Snapshots(resource),
                Properties = parent is null
                    ? s.Properties
                    : new PropertyList(s.Properties).Set(KnownProperties.Resource.ParentName, ResourceNotificationService.InstanceNames(parent)[0]).ToImmutable(),
                HealthReports = [.. hierarchy.HealthCheckKeys(resource).Select(k => new HealthReportSnapshot(k, null, null, null))],
                IconName = s.IconName ?? icon?.IconName,
                IconVariant = s.IconVariant ?? icon?.IconVariant,
            });
        }
    }

    /// <summary>Handlers are called in the order of the model and run side by side: one may last as long as the application.</summary>
    private void PublishInitializeEvents(CancellationToken cancellationToken)
    {
        foreach (var resource in model.Resources)
        {
            var @event = new InitializeResourceEvent(resource, eventing, loggers, notifications, services);
            _ = ObserveAsync(eventing.PublishAsync(@event, EventDispatchBehavior.BlockingConcurrent, cancellationToken), resource);
        }
    }

    private async Task ObserveAsync(Task handlers, IResource resource)
    {
        try
        {
            await handlers;
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested || _stopping.IsCancellationRequested)
        {
            // Handlers end with the application.
        }
        catch (Exception exception)
        {
            LogInitializeFailed(exception, resource.Name);
        }
    }

    private async Task CreateServicesAsync(DcpClient client, CancellationToken cancellationToken) =>
        await Task.WhenAll(endpoints.AllServices(resources.All)
            .Where(s => s.Owner.Obstacle is null)
            .Select(s => client.CreateAsync(s.Definition, cancellationToken)));

    private async Task CreateNetworkAsync(DcpClient client, CancellationToken cancellationToken)
    {
        if (!resources.HasContainers)
        {
            return;
        }

        var isPersistent = resources.All.Any(r => r.Kind == AppResourceKind.Container && r.IsPersistent);
        var application = string.Concat((configuration["AppHost:DashboardApplicationName"] ?? string.Empty).Where(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-'));
        await client.CreateAsync(
            new DcpContainerNetwork
            {
                Metadata = new DcpMetadata { Name = KnownNetworkIdentifiers.DefaultAspireContainerNetwork.Value },
                Spec = new DcpContainerNetworkSpec
                {
                    NetworkName = isPersistent
                        ? $"aspire-persistent-network-{names.ProjectSuffix()}-{application}"
                        : $"aspire-session-network-{ResourceNames.RandomSuffix()}-{application}",
                    Persistent = isPersistent ? true : null,
                },
            },
            cancellationToken);
    }

    /// <summary>Waits for the ports that the orchestrator chooses and hands all addresses to the model.</summary>
    private async Task AllocateAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in resources.All)
        {
            foreach (var service in resource.Services)
            {
                if (resource.Obstacle is not null)
                {
                    EndpointPlan.Refuse(service, resource.Obstacle);
                    continue;
                }

                try
                {
                    var port = service.Endpoint.IsProxied
                        ? await service.Port.Task.WaitAsync(s_allocationTimeout, clock, cancellationToken)
                        : service.Definition.Spec.Port!.Value;
                    endpoints.Allocate(resource, service, port, resources.HasContainers);
                }
                catch (TimeoutException)
                {
                    resource.Obstacle = $"The orchestrator gave endpoint '{service.Endpoint.Name}' of resource '{resource.Name}' no port within {s_allocationTimeout.TotalSeconds:0} s.";
                    EndpointPlan.Refuse(service, resource.Obstacle);
                }
            }
        }
    }

    /// <summary>Holds a resource back until its dependencies are there or somebody starts it without them.</summary>
    private async Task WaitForDependenciesAsync(BeforeResourceStartedEvent @event, CancellationToken cancellationToken)
    {
        if (!@event.Resource.HasAnnotationOfType<WaitAnnotation>())
        {
            return;
        }

        using var decided = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waits = notifications.WaitForDependenciesAsync(@event.Resource, decided.Token);
        var skips = resources.Find(@event.Resource)?.Instances.Select(i => i.WaitSkipped?.Task).OfType<Task>().ToArray() ?? [];
        var first = await Task.WhenAny([waits, .. skips]);
        await decided.CancelAsync();
        if (first == waits)
        {
            await waits;
            return;
        }

        try
        {
            await waits;
        }
        catch (Exception exception) when (exception is OperationCanceledException or DistributedApplicationException)
        {
            // It was started without them.
        }
    }

    private async Task PublishConnectionStringAsync(ConnectionStringAvailableEvent @event, CancellationToken cancellationToken)
    {
        if (@event.Resource is IResourceWithConnectionString resource)
        {
            var value = await resource.GetConnectionStringAsync(cancellationToken);
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                Properties = new PropertyList(s.Properties).Set(KnownProperties.Resource.ConnectionString, value, isSensitive: true).ToImmutable(),
            });
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A handler of the initialization of '{Resource}' failed.")]
    private partial void LogInitializeFailed(Exception exception, string resource);

    [LoggerMessage(3, LogLevel.Critical, "The health check '{Key}' is not registered and is required for resource '{Resource}'.")]
    private partial void LogMissingHealthCheck(string key, string resource);

    [LoggerMessage(2, LogLevel.Debug, "The orchestrator could not be asked to stop; it stops by itself when this process ends.")]
    private partial void LogStopFailed(Exception exception);
}
