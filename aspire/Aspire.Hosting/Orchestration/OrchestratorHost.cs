using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Ties the orchestration to the host's life: the orchestrator's process comes up first of all, the model is completed while all
/// other services start, and the resources start when they have.
/// </summary>
internal sealed partial class OrchestratorHost(
    DcpHost dcp,
    ApplicationOrchestrator orchestrator,
    ResourceHealthMonitor health,
    ResourceLogForwarder forwarder,
    DistributedApplicationModel model,
    IDistributedApplicationEventing eventing,
    IConfiguration configuration,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    ILogger<DistributedApplication> logger) : IHostedLifecycleService, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _background = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        LogVersion(typeof(DistributedApplication).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
        LogStarting();
        LogDirectory(configuration["AppHost:Directory"]);
        _ = ObserveAsync(dcp.StartAsync(_stopping.Token));
        return Task.CompletedTask;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await eventing.PublishAsync(new BeforeStartEvent(services, model), cancellationToken);
        _background = Task.WhenAll(
            Task.Run(() => health.RunAsync(_stopping.Token), CancellationToken.None),
            Task.Run(() => forwarder.RunAsync(_stopping.Token), CancellationToken.None));
    }

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await orchestrator.RunAsync(cancellationToken);
            LogStarted();
            _ = Task.Run(DcpSessionFolder.SweepDead, CancellationToken.None);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Stopped by its user while something was still being waited for: an end like any other.
        }
        catch
        {
            await orchestrator.StopAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>First of all services, so that the resources are told to end while the others still do.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        // The host says so only after this method. What is cut short from here on is no failure, and whoever reports one looks at this.
        lifetime.StopApplication();
        return orchestrator.StopAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _background.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await orchestrator.DisposeAsync();
        await _background;
        dcp.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Whoever needs the orchestrator gets the error; here it only must not go unobserved.</summary>
    private static async Task ObserveAsync(Task start)
    {
        try
        {
            await start;
        }
        catch (Exception exception) when (exception is DistributedApplicationException or OperationCanceledException)
        {
            // Reported by the first one who needs it.
        }
    }

    // The official host has no event ids either.
    [LoggerMessage(0, LogLevel.Information, "Aspire AppHost version: {Version}")]
    private partial void LogVersion(string? version);

    [LoggerMessage(0, LogLevel.Information, "Distributed application starting.")]
    private partial void LogStarting();

    [LoggerMessage(0, LogLevel.Information, "Application host directory is: {Directory}")]
    private partial void LogDirectory(string? directory);

    [LoggerMessage(0, LogLevel.Information, "Distributed application started. Press Ctrl+C to shut down.")]
    private partial void LogStarted();
}
