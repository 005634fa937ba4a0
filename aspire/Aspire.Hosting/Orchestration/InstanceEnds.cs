using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Notices that an instance ended, tells the application, and says on the console when nobody had asked for it.</summary>
internal sealed partial class InstanceEnds(
    ResourceNotificationService notifications,
    IDistributedApplicationEventing eventing,
    ResourceHierarchy hierarchy,
    FailureReport failures,
    IServiceProvider services,
    ILogger<InstanceEnds> logger)
{
    /// <param name="before">State before the change; null or empty: none.</param>
    public Task OnChangedAsync(AppInstance instance, string? before)
    {
        var state = InstanceSnapshots.StateOf(instance);
        if (state == before)
        {
            return Task.CompletedTask;
        }

        if (state == KnownResourceStates.RuntimeUnhealthy)
        {
            failures.ReportContainerRuntime(instance);
        }

        if (!KnownResourceStates.TerminalStates.Contains(state) || KnownResourceStates.TerminalStates.Contains(before))
        {
            return Task.CompletedTask;
        }

        failures.ReportEnd(instance);
        if (notifications.TryGetCurrentState(instance.Name, out var current))
        {
            var resources = hierarchy.Followers(instance.Owner.Model).Prepend(instance.Owner.Model).ToArray();
            _ = PublishAsync(resources, current);
        }

        return Task.CompletedTask;
    }

    private async Task PublishAsync(IReadOnlyList<IResource> resources, ResourceEvent current)
    {
        foreach (var resource in resources)
        {
            try
            {
                await eventing.PublishAsync(new ResourceStoppedEvent(resource, services, current));
            }
            catch (Exception exception)
            {
                LogHandlerFailed(exception, resource.Name);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A handler of the stop of '{Resource}' failed.")]
    private partial void LogHandlerFailed(Exception exception, string resource);
}
