using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>With resource logging on, writes the output of all resources into the AppHost's log, one category per resource.</summary>
internal sealed class ResourceLogForwarder(
    DistributedApplicationOptions options,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    ILoggerFactory factory,
    IHostEnvironment environment)
{
    /// <summary>Runs until cancelled; ends at once when resource logging is off.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!options.EnableResourceLogging)
        {
            return;
        }

        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var forwarding = new List<Task>();
        try
        {
            await foreach (var change in notifications.WatchAsync(cancellationToken))
            {
                if (seen.Add(change.ResourceId))
                {
                    forwarding.Add(Task.Run(() => ForwardAsync(change.Resource.Name, change.ResourceId, cancellationToken), CancellationToken.None));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The application is stopping.
        }

        await Task.WhenAll(forwarding);
    }

    private async Task ForwardAsync(string resource, string instance, CancellationToken cancellationToken)
    {
        var logger = factory.CreateLogger($"{environment.ApplicationName}.Resources.{resource}");
        try
        {
            await foreach (var batch in loggers.WatchAsync(instance, cancellationToken))
            {
                foreach (var line in batch)
                {
                    logger.Log(line.IsErrorMessage ? LogLevel.Error : LogLevel.Information, "{LineNumber}: {Content}", line.LineNumber, line.Content);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The application is stopping.
        }
    }
}
