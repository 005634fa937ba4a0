using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Backchannel;

/// <summary>Waits on behalf of the command line until all instances of a resource are up, healthy or down.</summary>
internal sealed class ResourceWait(ResourceNotificationService notifications, DistributedApplicationModel model, TimeProvider clock)
{
    /// <param name="status">up: running; healthy: running with good health; down: ended.</param>
    public async Task<object> RunAsync(string name, string status, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var resource = model.Resources.FirstOrDefault(r => ResourceNotificationService.NamesEqual(r.Name, name));
        if (resource is null && !notifications.TryGetCurrentState(name, out _))
        {
            return new { success = false, resourceNotFound = true, errorMessage = $"Resource '{name}' not found." };
        }

        var wanted = resource is null ? [name] : ResourceNotificationService.InstanceNames(resource);
        var latest = new Dictionary<string, CustomResourceSnapshot>(StringComparer.OrdinalIgnoreCase);
        using var deadline = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await foreach (var change in notifications.WatchAsync(either.Token))
            {
                if (!wanted.Contains(change.ResourceId, StringComparer.OrdinalIgnoreCase))
                {
                    continue;
                }

                latest[change.ResourceId] = change.Snapshot;
                if (latest.Count == wanted.Count && latest.Values.All(s => Reached(s, status)))
                {
                    return Answer(success: true, change.Snapshot, timedOut: false, error: null);
                }

                if (status != "down" && HasEnded(change.Snapshot))
                {
                    return Answer(success: false, change.Snapshot, timedOut: false, $"Resource '{change.ResourceId}' has ended: {change.Snapshot.State?.Text}.");
                }
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
        }

        return Answer(success: false, latest.Values.FirstOrDefault(s => !Reached(s, status)), timedOut: true, $"Resource '{name}' was not {status} within {timeout.TotalSeconds} seconds.");
    }

    private static object Answer(bool success, CustomResourceSnapshot? snapshot, bool timedOut, string? error) =>
        new { success, state = snapshot?.State?.Text, healthStatus = snapshot?.HealthStatus?.ToString(), resourceNotFound = false, timedOut, errorMessage = error };

    private static bool Reached(CustomResourceSnapshot snapshot, string status) => status switch
    {
        "healthy" => snapshot is { State.Text: nameof(KnownResourceStates.Running), HealthStatus: HealthStatus.Healthy },
        "down" => HasEnded(snapshot),
        _ => snapshot.State?.Text == KnownResourceStates.Running,
    };

    private static bool HasEnded(CustomResourceSnapshot snapshot) => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text);
}
