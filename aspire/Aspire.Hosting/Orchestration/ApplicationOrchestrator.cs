using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Brings the whole application up, in the order that its events promise, and down again.</summary>
internal sealed partial class ApplicationOrchestrator(
    DistributedApplicationModel model,
    ModelPreparation preparation,
    ApplicationShutdown shutdown,
    AppResources resources,
    ResourceNames names,
    EndpointPlan endpoints,
    ResourceUrls urls,
    ResourceStarter starter,
    DcpHost host,
    DcpWatcher watcher,
    ResourceLogStreams logs,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing,
    IConfiguration configuration,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<ApplicationOrchestrator> logger) : IAsyncDisposable
{
    /// <summary>A free port is there within a quarter of a second.</summary>
    private static readonly TimeSpan s_allocationTimeout = TimeSpan.FromSeconds(10);
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
        preparation.Run();
        eventing.Subscribe<BeforeResourceStartedEvent>(WaitForDependenciesAsync);
        eventing.Subscribe<ConnectionStringAvailableEvent>(PublishConnectionStringAsync);
        await preparation.PublishInitialStateAsync();
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

    /// <inheritdoc cref="ApplicationShutdown.RunAsync"/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isStopped, 1) != 0)
        {
            return;
        }

        await shutdown.RunAsync(_stopping.CancelAsync, cancellationToken);
        await _watching;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await logs.DisposeAsync();
        _stopping.Dispose();
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
}
