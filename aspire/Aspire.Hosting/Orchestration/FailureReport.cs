using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Says on the AppHost's console which resource failed, why, and what its last words were. Nothing once the application is stopping.</summary>
internal sealed partial class FailureReport(DcpHost host, IHostApplicationLifetime lifetime, DistributedApplicationModel model, ILogger<DistributedApplication> logger)
{
    /// <summary>Lines of its output that are repeated.</summary>
    private const int LastLines = 20;

    /// <param name="reason">A sentence with the remedy where one is known.</param>
    public void ReportNotStarted(string resource, string reason)
    {
        if (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            LogNotStarted(resource, reason);
        }
    }

    /// <summary>For an instance in a terminal state.</summary>
    public void ReportEnd(AppInstance instance)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested || instance.IsStopRequested)
        {
            return;
        }

        var isFailedStart = InstanceSnapshots.StateOf(instance) == KnownResourceStates.FailedToStart;
        var exitCode = InstanceSnapshots.ExitCodeOf(instance);
        if (isFailedStart || (exitCode is { } code && code != 0 && !IsExpected(instance.Owner, code)))
        {
            _ = ReportWithOutputAsync(instance, isFailedStart, exitCode);
        }
    }

    public void ReportContainerRuntime(AppInstance instance) => LogRuntimeUnhealthy(instance.Owner.Name);

    /// <summary>Somebody waits for exactly this exit code.</summary>
    private bool IsExpected(AppResource resource, int exitCode) => model.Resources
        .SelectMany(r => r.Annotations.OfType<WaitAnnotation>())
        .Any(w => w.WaitType == WaitType.WaitForCompletion && w.ExitCode == exitCode && ResourceNotificationService.NamesEqual(w.Resource.Name, resource.Name));

    private async Task ReportWithOutputAsync(AppInstance instance, bool isFailedStart, int? exitCode)
    {
        var output = await LastOutputAsync(instance, isFailedStart);
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return;
        }

        var text = output.Count == 0 ? string.Empty : Environment.NewLine + string.Join(Environment.NewLine, output.Select(l => "  " + l));
        if (isFailedStart)
        {
            LogFailedToStart(instance.Owner.Name, text);
        }
        else
        {
            LogExited(instance.Owner.Name, exitCode ?? 0, text);
        }
    }

    private async Task<List<string>> LastOutputAsync(AppInstance instance, bool isFailedStart)
    {
        var lines = new List<string>();
        try
        {
            if (await host.StartedOrNullAsync() is not { } client)
            {
                return lines;
            }

            string[] sources = isFailedStart ? ["startup_stderr", "system", "stderr", "stdout"] : ["stdout", "stderr"];
            foreach (var source in sources)
            {
                if (instance.Owner.Kind != AppResourceKind.Container && source.StartsWith("startup", StringComparison.Ordinal))
                {
                    continue;
                }

                var stream = instance.Owner.Kind == AppResourceKind.Container
                    ? client.LogAsync<DcpContainer>(instance.Name, source, follow: false, LastLines, lifetime.ApplicationStopping)
                    : client.LogAsync<DcpExecutable>(instance.Name, source, follow: false, LastLines, lifetime.ApplicationStopping);
                await foreach (var line in stream)
                {
                    lines.Add(source == "system" ? DcpSystemLog.Format(line).Text : line);
                }
            }
        }
        catch (Exception exception) when (exception is DcpRequestException or HttpRequestException or OperationCanceledException or IOException)
        {
            // The report goes out without the output.
        }

        if (instance.Container?.Status?.Message is { Length: > 0 } message)
        {
            lines.Insert(0, message);
        }

        return [.. lines.Order(StringComparer.Ordinal).TakeLast(LastLines)];
    }

    [LoggerMessage(10, LogLevel.Error, "Resource '{Resource}' was not started: {Reason}")]
    private partial void LogNotStarted(string resource, string reason);

    [LoggerMessage(11, LogLevel.Error, "Resource '{Resource}' failed to start. Check its command, working folder or image.{Output}")]
    private partial void LogFailedToStart(string resource, string output);

    [LoggerMessage(12, LogLevel.Error, "Resource '{Resource}' ended with exit code {ExitCode}. Its last output:{Output}")]
    private partial void LogExited(string resource, int exitCode, string output);

    [LoggerMessage(13, LogLevel.Error, "Resource '{Resource}' needs a container engine, and none answers. Start Docker or Podman; the resource starts as soon as it is there.")]
    private partial void LogRuntimeUnhealthy(string resource);
}
