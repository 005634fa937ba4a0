using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Dashboard;

/// <summary>Brings the dashboard into the application before it starts and takes its service away at the end.</summary>
internal sealed class DashboardLifecycle(
    DashboardSettings settings,
    DashboardResource dashboard,
    DashboardReadiness readiness,
    DashboardLogs logs,
    ResourceServiceHost resourceService,
    IDistributedApplicationEventing eventing,
    IHostApplicationLifetime lifetime) : IHostedLifecycleService
{
    private Task _relaying = Task.CompletedTask;

    /// <summary>Runs before any service starts, so that the dashboard is in the model when the orchestrator looks at it.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        settings.ThrowIfTransportIsNotAllowed();
        ThrowIfProgramIsMissing();
        resourceService.Start();
        eventing.Subscribe<BeforeStartEvent>((@event, _) =>
        {
            var resource = dashboard.AddTo(@event.Model);
            eventing.Subscribe<ResourceReadyEvent>(resource, (_, token) => readiness.AnnounceAsync(token));
            _relaying = logs.RelayAsync(resource, lifetime.ApplicationStopping);
            return Task.CompletedTask;
        });
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Here, not earlier: the relay ends with the word that the application is stopping, which comes between the two.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _relaying;
        await resourceService.StopAsync();
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void ThrowIfProgramIsMissing()
    {
        if (settings.Path is null)
        {
            throw new DistributedApplicationException(
                $"The path of the Aspire dashboard is not configured. Run the repository's ./run once, which installs it, or set {DashboardSettings.PathKey} to the file aspire-managed.");
        }

        if (!File.Exists(settings.Path))
        {
            throw new DistributedApplicationException(
                $"The Aspire dashboard was not found at '{settings.Path}'. Run the repository's ./run once, which installs it, or set {DashboardSettings.PathKey} to the file aspire-managed.");
        }
    }
}
