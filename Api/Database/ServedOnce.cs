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

/// <summary>Lets a failing check degrade a replica that has served, with what it said.</summary>
internal sealed class AwayIsDegraded(IHealthCheck check, ServedOnce served) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        HealthCheckResult result;
        try
        {
            result = await check.CheckHealthAsync(context, cancellationToken);
        }
        catch (OperationCanceledException) when (served.IsSo)
        {
            return HealthCheckResult.Degraded(ServedOnce.Away);
        }

        return result.Status == HealthStatus.Unhealthy && served.IsSo
            ? HealthCheckResult.Degraded($"{ServedOnce.Away} {result.Description}", result.Exception, result.Data)
            : result;
    }
}
