using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.Api.Database;

/// <summary>Whether this replica has ever had a database that it can work with.</summary>
/// <remarks>
/// From then on it has something to serve without it, so a database that goes away degrades the replica and doesn't make it unready: all
/// replicas would be unready at once, and nobody would get the reads that they can still answer. A replica that starts without one is not ready.
/// </remarks>
internal sealed class ServedOnce
{
    public const string Away = "PostgreSQL doesn't answer: reads get the last known state, writes are refused.";

    private volatile bool _isSo;

    public bool IsSo => _isSo;

    public void Served() => _isSo = true;
}

/// <summary>Lets a check that gets no answer degrade a replica that has served, and bounds its wait.</summary>
/// <remarks>
/// A check that is given up is left behind, not cancelled (Npgsql's cancellation would wait for the same server), and until it has ended
/// nobody starts another: there is never more than one connection of a check.
/// </remarks>
internal sealed class AwayIsDegraded(ServedOnce served, TimeSpan limit, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private Task<HealthCheckResult>? _running;

    public IHealthCheck Around(IHealthCheck check) => new Bounded(this, check);

    private async Task<HealthCheckResult> RunAsync(IHealthCheck check, HealthCheckContext context, CancellationToken cancellationToken)
    {
        Task<HealthCheckResult> running;
        lock (_lock)
        {
            running = _running = _running is { IsCompleted: false } ? _running : check.CheckHealthAsync(context, CancellationToken.None);
        }

        HealthCheckResult result;
        try
        {
            result = await running.WaitAsync(limit, clock, cancellationToken);
        }
        catch (TimeoutException late)
        {
            result = new HealthCheckResult(context.Registration.FailureStatus, "It doesn't answer.", late);
        }

        // Without an exception it was answered, and the answer is bad: the schema is too old.
        return result is { Status: HealthStatus.Unhealthy, Exception: not null } && served.IsSo
            ? HealthCheckResult.Degraded($"{ServedOnce.Away} {result.Description}", result.Exception, result.Data)
            : result;
    }

    private sealed class Bounded(AwayIsDegraded owner, IHealthCheck check) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            owner.RunAsync(check, context, cancellationToken);
    }
}
