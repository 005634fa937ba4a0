using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.Gateway.Protection.Load;
using Slipway.Gateway.Protection.Rates;
using Slipway.ServiceDefaults.Health;

namespace Slipway.Gateway.Protection;

/// <summary>Degraded while Redis is away: everything is served, but each Gateway grants the limits by itself.</summary>
internal sealed class LimitsHealthCheck(SharedLimits shared) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(shared.State switch
        {
            SharedState.Answers => HealthCheckResult.Healthy("Limits are counted in Redis."),
            SharedState.NotConfigured => HealthCheckResult.Healthy("Limits are counted in this Gateway alone: no Redis is configured."),
            _ => HealthCheckResult.Degraded("Redis does not answer: limits are counted in this Gateway alone."),
        });
}

/// <summary>Where the limits stand, for <c>/health/detailed</c>.</summary>
internal sealed class LimitsDetail(SharedLimits shared, LocalLimits local, Clients.KnownClients known, LoadGate gate) : IHealthDetail
{
    public string Name => "limits";

    public object Read() => new
    {
        Shared = shared.State.ToString(),
        LocalEntries = local.Count,
        KnownClients = known.Count,
        ConcurrencyLimit = gate.Limit,
        RequestsUnderWay = gate.UnderWay,
        RequestsQueued = gate.Queued,
        GoodMilliseconds = gate.GoodMilliseconds,
    };
}
