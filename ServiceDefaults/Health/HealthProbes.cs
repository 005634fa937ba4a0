using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Health;

/// <summary>The registered checks, each with its evaluation that all probes share.</summary>
internal sealed class HealthProbes
{
    /// <summary>Tag of checks of the process alone, by Aspire's templates. Every other check is of what the service needs to serve.</summary>
    public const string LiveTag = "live";

    private readonly (HealthCheckRegistration Check, CheckEvaluation Evaluation)[] _checks;
    private volatile bool _hasStarted;

    public HealthProbes(HealthCheckService service, IOptions<HealthCheckServiceOptions> registered, IOptions<HealthOptions> options, TimeProvider clock) =>
        _checks = [.. registered.Value.Registrations.Select(check => (check, new CheckEvaluation(
            async () => (await service.CheckHealthAsync(one => ReferenceEquals(one, check), CancellationToken.None)).Entries[check.Name],
            check.FailureStatus == HealthStatus.Degraded ? HealthVerdict.Degraded : HealthVerdict.Unknown,
            options.Value,
            clock)))];

    public Task<(string Name, CheckResult Result)[]> AllAsync(CancellationToken cancellationToken) => EvaluateAsync(static _ => true, cancellationToken);

    /// <summary>Whether a restart would help.</summary>
    public Task<(string Name, CheckResult Result)[]> LivenessAsync(CancellationToken cancellationToken) =>
        EvaluateAsync(static check => check.Tags.Contains(LiveTag), cancellationToken);

    /// <summary>Whether requests should be sent here.</summary>
    public Task<(string Name, CheckResult Result)[]> ReadinessAsync(CancellationToken cancellationToken) =>
        EvaluateAsync(static check => !check.Tags.Contains(LiveTag), cancellationToken);

    /// <summary>Whether the service has been ready once since it started; from then on it asks nobody any more.</summary>
    public async Task<(string Name, CheckResult Result)[]> StartupAsync(CancellationToken cancellationToken)
    {
        if (_hasStarted)
            return [];
        var results = await ReadinessAsync(cancellationToken);
        _hasStarted = HealthResponse.Worst(results) <= HealthVerdict.Degraded;
        return results;
    }

    private Task<(string Name, CheckResult Result)[]> EvaluateAsync(Func<HealthCheckRegistration, bool> includes, CancellationToken cancellationToken) =>
        Task.WhenAll(_checks.Where(check => includes(check.Check)).Select(async check => (check.Check.Name, await check.Evaluation.GetAsync(cancellationToken))));
}
