using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Health;

/// <summary>
/// Hands the thread pool a piece of work every second, from a thread of its own, and is unhealthy while one has been lying too long. A pool
/// whose threads all wait for something leaves requests unanswered while the process looks well from outside.
/// </summary>
internal sealed class ThreadPoolWatchdog(IOptions<HealthOptions> options, TimeProvider clock) : IHealthCheck, IHostedService, IDisposable
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);

    private readonly ManualResetEventSlim _stopped = new();

    /// <summary>Timestamp of the piece of work that lies there; 0: none.</summary>
    private long _waitingSince;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        new Thread(Watch) { IsBackground = true, Name = "thread pool watchdog" }.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopped.Set();
        return Task.CompletedTask;
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var since = Interlocked.Read(ref _waitingSince);
        var waiting = since == 0 ? TimeSpan.Zero : clock.GetElapsedTime(since);
        return Task.FromResult(waiting < options.Value.StuckAfter
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(FormattableString.Invariant(
                $"The thread pool has left work lying for {waiting.TotalSeconds:0} s: {ThreadPool.ThreadCount} threads, {ThreadPool.PendingWorkItemCount} pieces of work wait.")));
    }

    public void Dispose() => _stopped.Set();

    private void Watch()
    {
        while (!_stopped.Wait(s_every))
        {
            if (Interlocked.CompareExchange(ref _waitingSince, clock.GetTimestamp(), 0) == 0)
                ThreadPool.UnsafeQueueUserWorkItem(static watchdog => Interlocked.Exchange(ref watchdog._waitingSince, 0), this, preferLocal: false);
        }
    }
}
