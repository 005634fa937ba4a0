using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Runs the health checks of every resource that runs, each resource on its own so that a slow check holds up nobody else,
/// and says once per start when a resource became ready.
/// </summary>
internal sealed partial class ResourceHealthMonitor(
    ResourceNotificationService notifications,
    ResourceHierarchy hierarchy,
    HealthCheckService healthChecks,
    IDistributedApplicationEventing eventing,
    TimeProvider clock,
    IServiceProvider services,
    ILogger<ResourceHealthMonitor> logger)
{
    private readonly Dictionary<string, Monitored> _monitored = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(cancellationToken))
            {
                OnChanged(change, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The application is stopping.
        }
    }

    private void OnChanged(ResourceEvent change, CancellationToken cancellationToken)
    {
        if (!_monitored.TryGetValue(change.Resource.Name, out var monitored))
        {
            monitored = new Monitored(change.Resource);
            _monitored.Add(change.Resource.Name, monitored);
        }

        var isRunning = change.Snapshot.State?.Text == KnownResourceStates.Running;
        if (isRunning ? !monitored.Running.Add(change.ResourceId) : !monitored.Running.Remove(change.ResourceId))
        {
            return;
        }

        if (isRunning && monitored.Running.Count == 1)
        {
            monitored.Cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var token = monitored.Cancellation.Token;
            monitored.Session = new MonitoringSession(change.Resource, hierarchy.HealthCheckKeys(change.Resource));
            var session = monitored.Session;
            _ = Task.Run(() => MonitorAsync(session, token), CancellationToken.None);
        }
        else if (isRunning)
        {
            monitored.Session!.Wake();
        }
        else if (monitored.Running.Count == 0)
        {
            monitored.Cancellation?.Cancel();
            monitored.Cancellation?.Dispose();
            monitored.Cancellation = null;
        }
    }

    private async Task MonitorAsync(MonitoringSession session, CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var woken = session.Woken;
                if (session.Keys.Count > 0)
                {
                    session.Record(await CheckAsync(session, cancellationToken));
                    await PublishAsync(session);
                }

                if (session.Keys.Count == 0 || session.IsHealthy)
                {
                    await PublishReadyAsync(session, cancellationToken);
                }

                var pause = session.Keys.Count == 0 ? Timeout.InfiniteTimeSpan : session.Pause;
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                await Task.WhenAny(Task.Delay(pause, clock, ended.Token), woken);
                await ended.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The resource has ended.
        }
        catch (Exception exception)
        {
            LogMonitoringFailed(exception, session.Resource.Name);
        }
    }

    private async Task<HealthReport> CheckAsync(MonitoringSession session, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(session.CheckTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await healthChecks.CheckHealthAsync(r => session.Keys.Contains(r.Name), either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var entry = new HealthReportEntry(HealthStatus.Unhealthy, $"The check did not answer within {session.CheckTimeout.TotalSeconds:0.#} s.", session.CheckTimeout, null, null);
            return new HealthReport(session.Keys.ToDictionary(k => k, _ => entry), session.CheckTimeout);
        }
    }

    private Task PublishAsync(MonitoringSession session)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        ImmutableArray<HealthReportSnapshot> reports =
        [
            .. session.Keys.Select(key => session.Latest!.Entries.TryGetValue(key, out var entry)
                ? new HealthReportSnapshot(key, entry.Status, entry.Description, entry.Exception?.ToString()) { LastRunAt = now }
                : new HealthReportSnapshot(key, HealthStatus.Unhealthy, "There is no such health check.", null) { LastRunAt = now }),
        ];
        return notifications.PublishUpdateAsync(session.Resource, s => s.State?.Text == KnownResourceStates.Running ? s with { HealthReports = reports } : s);
    }

    /// <summary>Once per session; instances that came later learn of it too.</summary>
    private async Task PublishReadyAsync(MonitoringSession session, CancellationToken cancellationToken)
    {
        if (session.Ready is null)
        {
            session.Ready = new EventSnapshot(eventing.PublishAsync(new ResourceReadyEvent(session.Resource, services), cancellationToken));
            _ = ObserveAsync(session.Ready.EventTask, session.Resource.Name);
        }

        await notifications.PublishUpdateAsync(session.Resource, s =>
            s.ResourceReadyEvent is null && (s.State?.Text == KnownResourceStates.Running || KnownResourceStates.TerminalStates.Contains(s.State?.Text))
                ? s with { ResourceReadyEvent = session.Ready }
                : s);
    }

    private async Task ObserveAsync(Task handlers, string resource)
    {
        try
        {
            await handlers;
        }
        catch (OperationCanceledException)
        {
            // The resource has ended meanwhile.
        }
        catch (Exception exception)
        {
            LogReadyHandlerFailed(exception, resource);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The health of '{Resource}' can't be watched any more.")]
    private partial void LogMonitoringFailed(Exception exception, string resource);

    [LoggerMessage(2, LogLevel.Error, "A handler of the readiness of '{Resource}' failed; resources that wait for it will not start.")]
    private partial void LogReadyHandlerFailed(Exception exception, string resource);

    private sealed class Monitored(IResource resource)
    {
        public IResource Resource { get; } = resource;

        public HashSet<string> Running { get; } = new(StringComparer.OrdinalIgnoreCase);

        public CancellationTokenSource? Cancellation { get; set; }

        public MonitoringSession? Session { get; set; }
    }
}

/// <summary>The time from the start of a resource's first instance to the end of its last.</summary>
internal sealed class MonitoringSession(IResource resource, IReadOnlyList<string> keys)
{
    /// <summary>About three seconds at the first pause: a program that starts normally is noticed at once.</summary>
    private const int QuickRetries = 25;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_healthyPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_startingCheckTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_checkTimeout = TimeSpan.FromSeconds(30);

    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _failures;
    private bool _wasHealthy;

    public IResource Resource { get; } = resource;

    public IReadOnlyList<string> Keys { get; } = keys;

    /// <summary>Null: not checked yet.</summary>
    public HealthReport? Latest { get; private set; }

    public bool IsHealthy => Latest?.Status == HealthStatus.Healthy;

    /// <summary>Null: not ready yet.</summary>
    public EventSnapshot? Ready { get; set; }

    /// <summary>While it starts, somebody waits for it; a check that hangs is tried again soon.</summary>
    public TimeSpan CheckTimeout => _wasHealthy ? s_checkTimeout : s_startingCheckTimeout;

    /// <summary>Until the next check. Quick and slower and slower while it starts; every 30 s when healthy; every 1, 2, … 5 s when it has fallen ill.</summary>
    public TimeSpan Pause
    {
        get
        {
            if (IsHealthy)
            {
                return s_healthyPause;
            }

            var pause = _wasHealthy ? TimeSpan.FromSeconds(_failures) : s_firstPause * Math.Pow(2, Math.Clamp(_failures - QuickRetries, 0, 12) / 2.0);
            return pause < s_longestPause ? pause : s_longestPause;
        }
    }

    /// <summary>Ends when the next check should not wait for its time.</summary>
    public Task Woken => Volatile.Read(ref _wake).Task;

    public void Wake() => Interlocked.Exchange(ref _wake, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    public void Record(HealthReport report)
    {
        Latest = report;
        _failures = report.Status == HealthStatus.Healthy ? 0 : _failures + 1;
        _wasHealthy |= report.Status == HealthStatus.Healthy;
    }
}
