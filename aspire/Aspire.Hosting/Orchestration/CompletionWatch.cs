using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Looks after the processes whose completion others wait for. The orchestrator gathers changes for half a second before it reports the end
/// of a process, and alone knows its exit code; any other change of the object makes it report at once. So the object is changed when its process is gone.
/// </summary>
internal sealed partial class CompletionWatch(DistributedApplicationModel model, DcpHost host, TimeProvider clock, ILogger<CompletionWatch> logger)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(25);

    private readonly Lazy<HashSet<IResource>> _awaited = new(() => model.Resources
        .SelectMany(r => r.Annotations.OfType<WaitAnnotation>())
        .Where(w => w.WaitType == WaitType.WaitForCompletion)
        .Select(w => w.Resource)
        .ToHashSet());

    /// <param name="instance">One whose state has just become what it is.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public void OnChanged(AppInstance instance, CancellationToken cancellationToken)
    {
        if (instance.Executable?.Status is { State: "Running", Pid: > 0 and var pid } && _awaited.Value.Contains(instance.Owner.Model))
        {
            _ = WatchAsync(instance.Name, pid, cancellationToken);
        }
    }

    private async Task WatchAsync(string name, int pid, CancellationToken cancellationToken)
    {
        try
        {
            while (ProcessTable.IsRunning(pid))
            {
                await Task.Delay(s_poll, clock, cancellationToken);
            }

            if (await host.StartedOrNullAsync() is { } client)
            {
                await client.AnnotateAsync<DcpExecutable>(name, "slipway-process-ended", "true", cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The application ends.
        }
        catch (Exception exception) when (exception is HttpRequestException or DcpRequestException or IOException)
        {
            LogFailed(exception, name);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The orchestrator could not be told that the process of '{Instance}' ended; it reports the end by itself.")]
    private partial void LogFailed(Exception exception, string instance);
}
