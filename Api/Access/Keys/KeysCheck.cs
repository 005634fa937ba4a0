using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.ServiceDefaults.Health;

namespace Slipway.Api.Access.Keys;

/// <summary>Whether requests can be judged, and by how fresh a knowledge.</summary>
internal sealed class KeysCheck(KeyKnowledge knowledge) : IHealthCheck, IHealthDetail
{
    public string Name => "access-keys";

    public object Read() => new { Keys = knowledge.State.Keys?.Count ?? 0, Source = ApiJson.Name(knowledge.State.Source), AgeSeconds = knowledge.Age?.TotalSeconds };

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await knowledge.KeysAsync(cancellationToken);
        }
        catch (KeysUnknownException unknown)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, unknown.Message);
        }

        var state = knowledge.State;
        return state switch
        {
            { Keys: null } => new(context.Registration.FailureStatus, "the keys are not known"),
            { Source: KeySource.Listening } => HealthCheckResult.Healthy($"{state.Keys.Count} keys"),
            { Source: KeySource.Asking } => HealthCheckResult.Degraded("changes of keys can't be listened to; the database is asked several times a second"),
            _ => HealthCheckResult.Degraded($"the database can't be reached; keys are taken as they were {knowledge.Age!.Value.TotalSeconds:0} s ago"),
        };
    }
}
