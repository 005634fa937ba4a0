using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Brings the whole application down.</summary>
internal sealed partial class ApplicationShutdown(
    AppResources resources,
    DcpHost host,
    IConfiguration configuration,
    TimeProvider clock,
    ILogger<ApplicationOrchestrator> logger)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(25);

    /// <summary>An ordinary service ends within half a second.</summary>
    private static readonly TimeSpan s_stopBeforeDashboard = TimeSpan.FromSeconds(3);

    /// <summary>When the orchestrator doesn't answer any more it is gone, and everything with it.</summary>
    private static readonly TimeSpan s_stopRequestTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Asks for the end of everything; returns at once, or when all is gone where the configuration says so.</summary>
    /// <param name="stopWatching">Called when nobody needs to follow the resources any more.</param>
    /// <param name="cancellationToken">Ends waiting for the clean-up.</param>
    public async Task RunAsync(Func<Task> stopWatching, CancellationToken cancellationToken)
    {
        if (await host.StartedOrNullAsync() is not { } client)
        {
            await stopWatching();
            return;
        }

        try
        {
            await StopBeforeDashboardAsync(client);
            await stopWatching();
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

        await stopWatching();
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
            while (!running.All(HasEnded))
            {
                await Task.Delay(s_poll, clock, limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever takes longer ends with the rest.
        }
    }

    private static bool HasEnded(AppInstance instance) =>
        instance.Executable?.Status is not { Pid: > 0 and var pid }
        || KnownResourceStates.TerminalStates.Contains(InstanceSnapshots.StateOf(instance))
        || !ProcessTable.IsRunning(pid);

    private async Task CleanUpAsync(DcpClient client, CancellationToken cancellationToken)
    {
        await client.SetExecutionAsync("CleaningResources", cancellationToken);
        while (await client.GetExecutionAsync(cancellationToken) is { Status: not ("CleanupComplete" or "Stopping") })
        {
            await Task.Delay(s_poll, clock, cancellationToken);
        }
    }

    [LoggerMessage(2, LogLevel.Debug, "The orchestrator could not be asked to stop; it stops by itself when this process ends.")]
    private partial void LogStopFailed(Exception exception);
}
