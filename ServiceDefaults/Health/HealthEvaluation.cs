using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.ServiceDefaults.Health;

/// <summary>
/// Runs a set of checks for all who ask: one evaluation at a time, shared by those who wait for it and by those who come shortly after, so that a
/// storm of probes costs the dependencies nothing.
/// </summary>
/// <param name="evaluate">Runs the checks.</param>
/// <param name="cacheFor">How long a result stands after it was made.</param>
/// <param name="deadline">How long anybody waits. A check that ignores its own timeout goes on, but is not started a second time.</param>
/// <param name="clock">The time.</param>
internal sealed class HealthEvaluation(Func<Task<HealthReport>> evaluate, TimeSpan cacheFor, TimeSpan deadline, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private Task<HealthReport>? _current;
    private long _ended;

    /// <exception cref="TimeoutException">The checks have not ended within the deadline.</exception>
    public Task<HealthReport> GetAsync(CancellationToken cancellationToken)
    {
        Task<HealthReport> current;
        lock (_lock)
        {
            if (_current is null || _current.IsCompleted && clock.GetElapsedTime(Volatile.Read(ref _ended)) >= cacheFor)
                _current = Task.Run(RunAsync, CancellationToken.None);
            current = _current;
        }

        return current.WaitAsync(deadline, clock, cancellationToken);
    }

    private async Task<HealthReport> RunAsync()
    {
        try
        {
            return await evaluate();
        }
        finally
        {
            Volatile.Write(ref _ended, clock.GetTimestamp());
        }
    }
}
