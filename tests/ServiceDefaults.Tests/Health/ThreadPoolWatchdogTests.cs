using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults.Health;

namespace Slipway.ServiceDefaults.Tests.Health;

/// <summary>Blocks the process's thread pool, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(ThreadPoolWatchdogTests), DisableParallelization = true)]
public sealed class BlockedThreadPool;

[Collection(nameof(ThreadPoolWatchdogTests))]
public sealed class ThreadPoolWatchdogTests
{
    /// <summary>Of the machine's time; the watchdog hands over work every second.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    // Not async: a continuation would wait for the blocked pool.
    [Fact]
    public void Check_WhilePoolIsBlocked_IsUnhealthyAndAfterwardsHealthy()
    {
        var clock = new ManualClock();
        using var watchdog = new ThreadPoolWatchdog(Options.Create(new HealthOptions()), clock);
        using var release = new ManualResetEventSlim();
        ThreadPool.GetMaxThreads(out var workers, out var ports);
        Assert.True(ThreadPool.SetMaxThreads(Math.Max(ThreadPool.ThreadCount, Environment.ProcessorCount), ports));
        try
        {
            for (var blocked = 0; blocked < 2 * Math.Max(ThreadPool.ThreadCount, Environment.ProcessorCount); blocked++)
                ThreadPool.UnsafeQueueUserWorkItem(static gate => gate.Wait(s_limit), release, preferLocal: false);
            _ = watchdog.StartAsync(CancellationToken.None);

            var stuck = Until(HealthStatus.Unhealthy);
            release.Set();
            var recovered = Until(HealthStatus.Healthy);

            Assert.StartsWith("The thread pool has left work lying for ", stuck.Description, StringComparison.Ordinal);
            Assert.Equal(HealthStatus.Healthy, recovered.Status);
        }
        finally
        {
            release.Set();
            ThreadPool.SetMaxThreads(workers, ports);
            _ = watchdog.StopAsync(CancellationToken.None);
        }

        HealthCheckResult Until(HealthStatus status)
        {
            using var never = new ManualResetEventSlim();
            var start = TimeProvider.System.GetTimestamp();
            while (true)
            {
                clock.Advance(status == HealthStatus.Unhealthy ? TimeSpan.FromSeconds(11) : TimeSpan.Zero);
                var result = watchdog.CheckHealthAsync(new HealthCheckContext(), CancellationToken.None).GetAwaiter().GetResult();
                if (result.Status == status)
                    return result;
                Assert.True(TimeProvider.System.GetElapsedTime(start) < s_limit, $"It never became {status}.");
                never.Wait(TimeSpan.FromMilliseconds(50), CancellationToken.None);
            }
        }
    }
}
