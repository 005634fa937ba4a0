using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.Check;

/// <summary>The latest state of every instance while the application runs.</summary>
internal sealed class ResourceBoard : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ResourceEvent> _latest = new();
    private readonly TaskCompletionSource<ResourceFailure> _firstFailure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop;
    private readonly Task _watching;

    public ResourceBoard(ResourceNotificationService notifications, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _watching = WatchAsync(notifications);
    }

    /// <summary>Ends when an instance can't start or ends with a failure, with the reason.</summary>
    public Task<ResourceFailure> FirstFailure => _firstFailure.Task;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    internal static bool IsGood(CustomResourceSnapshot snapshot) =>
        snapshot.HealthStatus == HealthStatus.Healthy || snapshot is { State.Text: "Finished", ExitCode: 0 };

    /// <summary>Which of the resources are not healthy, and why.</summary>
    public string NotGood(IEnumerable<string> resources)
    {
        var names = resources.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var reasons = Rows().Where(e => names.Contains(e.Resource.Name) && !IsGood(e.Snapshot)).Select(e =>
        {
            var report = e.Snapshot.HealthReports.FirstOrDefault(r => r.Status != HealthStatus.Healthy);
            var why = report?.Description ?? report?.ExceptionText?.Split('\n')[0];
            return $"'{e.ResourceId}' is {e.Snapshot.State?.Text ?? "not created"}{(report is null ? "" : $", health check '{report.Name}' fails{(why is null ? "" : $" ({why})")}")}";
        }).ToArray();
        return reasons.Length == 0 ? "no resource reported a reason." : string.Join("; ", reasons) + ". Its log: ./run, then the dashboard's Console page.";
    }

    public string ToTable()
    {
        string[] header = ["RESOURCE", "STATE", "HEALTH", "STARTED"];
        string[][] rows = [header, .. Rows().Select(Row)];
        var widths = Enumerable.Range(0, header.Length).Select(i => rows.Max(r => r[i].Length)).ToArray();
        var table = new StringBuilder();
        foreach (var row in rows)
        {
            table.AppendLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }

        return table.ToString().TrimEnd();
    }

    private static string[] Row(ResourceEvent e) =>
    [
        e.ResourceId,
        e.Snapshot.ExitCode is { } code && e.Snapshot.State?.Text is "Finished" or "Exited" ? $"{e.Snapshot.State?.Text} ({e.Snapshot.ExitCode})" : e.Snapshot.State?.Text ?? "-",
        e.Snapshot.HealthStatus?.ToString() ?? "-",
        e.Snapshot.StartTimeStamp?.ToString("HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) ?? "-",
    ];

    private IEnumerable<ResourceEvent> Rows() => _latest.Values
        .Where(e => e.Resource is not (ParameterResource or ConnectionStringResource) && (!e.Snapshot.IsHidden || e.Resource.Name == "aspire-dashboard"))
        .OrderBy(e => e.Snapshot.StartTimeStamp ?? DateTime.MaxValue)
        .ThenBy(e => e.ResourceId, StringComparer.Ordinal);

    private async Task WatchAsync(ResourceNotificationService notifications)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(_stop.Token))
            {
                _latest[change.ResourceId] = change;
                if (Failure(change) is { } failure)
                {
                    _firstFailure.TrySetResult(new ResourceFailure(change.ResourceId, failure));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The application stops, or the check does.
        }
    }

    private static string? Failure(ResourceEvent change) => change.Snapshot switch
    {
        { State.Text: "FailedToStart" } => $"'{change.ResourceId}' could not start; the reason stands above.",
        { State.Text: "Finished" or "Exited", ExitCode: { } code } when code != 0 => $"'{change.ResourceId}' ended with exit code {code}; its last lines stand above.",
        _ => null,
    };
}

/// <param name="ResourceId">The instance.</param>
/// <param name="Reason">A sentence for people.</param>
internal sealed record ResourceFailure(string ResourceId, string Reason);
