using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.ServiceDefaults.Health;

/// <summary>
/// Runs one check for all who ask: one evaluation at a time, shared by those who wait for it and by those who come shortly after, so that a
/// storm of probes costs the dependency nothing. Nobody waits for long, and no result stands for long.
/// </summary>
/// <param name="evaluate">Runs the check.</param>
/// <param name="unknownCounts">As what the check counts while nothing is known of it: no worse than its failure.</param>
/// <param name="options">The bounds.</param>
/// <param name="clock">The time.</param>
internal sealed class CheckEvaluation(Func<Task<HealthReportEntry>> evaluate, HealthVerdict unknownCounts, HealthOptions options, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private Task<CheckResult>? _running;
    private CheckResult? _latest;
    private long _latestAt;
    private long _runningSince;

    public async Task<CheckResult> GetAsync(CancellationToken cancellationToken)
    {
        Task<CheckResult> running;
        lock (_lock)
        {
            if (_latest is not null && _running is null && clock.GetElapsedTime(_latestAt) < options.CacheFor)
                return _latest with { Age = clock.GetElapsedTime(_latestAt) };

            if (_running is null)
            {
                _runningSince = clock.GetTimestamp();
                _running = Task.Run(RunAsync, CancellationToken.None);
            }

            running = _running;
        }

        try
        {
            return await running.WaitAsync(options.AnswerWithin, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return Overdue();
        }
    }

    /// <summary>What is known while the check has not ended: its last result as long as that counts, then nothing.</summary>
    private CheckResult Overdue()
    {
        lock (_lock)
        {
            if (_latest is not null && clock.GetElapsedTime(_latestAt) is var age && age < options.StaleAfter)
                return _latest with { Age = age };
            var since = clock.GetElapsedTime(_runningSince);
            return new CheckResult(HealthVerdict.Unknown, since, FormattableString.Invariant($"It has not ended for {since.TotalSeconds:0.0} s."), Exception: null, Age: null)
            {
                Counts = unknownCounts,
            };
        }
    }

    private async Task<CheckResult> RunAsync()
    {
        CheckResult result;
        try
        {
            var entry = await evaluate();
            result = new CheckResult(Verdict(entry.Status), entry.Duration, entry.Description, entry.Exception, TimeSpan.Zero);
        }
        catch (Exception exception)
        {
            // The check's own exceptions are in its entry; this one is of building or finding it.
            result = new CheckResult(HealthVerdict.Unhealthy, clock.GetElapsedTime(_runningSince), "It could not be run.", exception, TimeSpan.Zero);
        }

        lock (_lock)
        {
            _latest = result;
            _latestAt = clock.GetTimestamp();
            _running = null;
        }

        return result;
    }

    private static HealthVerdict Verdict(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => HealthVerdict.Healthy,
        HealthStatus.Degraded => HealthVerdict.Degraded,
        _ => HealthVerdict.Unhealthy,
    };
}

/// <summary>From best to worst; nobody should send requests to what is unknown.</summary>
internal enum HealthVerdict
{
    Healthy,
    Degraded,
    Unknown,
    Unhealthy,
}

/// <param name="Verdict">What is thought of it.</param>
/// <param name="Duration">Of the evaluation, or so far while it has not ended.</param>
/// <param name="Description">What the check says; null: nothing.</param>
/// <param name="Exception">With which it failed; null: none.</param>
/// <param name="Age">Time since the evaluation ended; null while there is no result.</param>
internal sealed record CheckResult(HealthVerdict Verdict, TimeSpan Duration, string? Description, Exception? Exception, TimeSpan? Age)
{
    /// <summary>As what it counts for the whole.</summary>
    public HealthVerdict Counts { get; init; } = Verdict;
}
