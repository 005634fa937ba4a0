using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Forwarding;
using Slipway.ServiceDefaults.Internal;

namespace Slipway.Gateway.Edge.Maintenance;

/// <summary>The switches, on the internal port.</summary>
internal static class MaintenanceApi
{
    private const int MaxMessage = 500;
    private const int MaxRetryAfter = 24 * 60 * 60;

    public static void MapMaintenance(this WebApplication app)
    {
        var controls = app.MapInternal().MapGroup("").RequireInternalKey();
        controls.MapGet("/maintenance", (MaintenanceSwitch maintenance) => Answer(maintenance));
        controls.MapPut("/maintenance", SetMaintenance);
        controls.MapGet("/pause", (PauseGate pause) => Answer(pause));
        controls.MapPut("/pause", SetPause);
    }

    private static Results<Ok<MaintenanceAnswer>, ProblemHttpResult> SetMaintenance(
        MaintenanceRequest request, MaintenanceSwitch maintenance, IOptions<GatewayOptions> options, TimeProvider clock)
    {
        if (request.Enabled is not { } enabled)
            return Invalid("enabled has to be true or false.");
        if (request.Message?.Length > MaxMessage || request.Message?.Any(char.IsControl) == true)
            return Invalid($"message has at most {MaxMessage} characters and no control characters.");
        if (request.RetryAfterSeconds is < 1 or > MaxRetryAfter)
            return Invalid($"retryAfterSeconds is 1 to {MaxRetryAfter}.");
        var seconds = request.RetryAfterSeconds ?? (int)Math.Ceiling(options.Value.Maintenance.RetryAfter.TotalSeconds);
        var message = string.IsNullOrWhiteSpace(request.Message) ? null : request.Message;
        maintenance.Set(enabled ? new MaintenanceState(message, seconds, maintenance.Current?.Since ?? clock.GetUtcNow()) : null);
        return TypedResults.Ok(Answer(maintenance));
    }

    private static Results<Ok<PauseAnswer>, ProblemHttpResult> SetPause(PauseRequest request, PauseGate pause, IOptions<GatewayOptions> options)
    {
        var longest = options.Value.Maintenance.MaxHold;
        if (request.Paused is not { } paused)
            return Invalid("paused has to be true or false.");
        if (request.HoldSeconds is { } seconds && (seconds < 1 || seconds > longest.TotalSeconds))
            return Invalid($"holdSeconds is 1 to {longest.TotalSeconds:0}.");
        if (paused)
            pause.Pause(request.HoldSeconds is { } asked ? TimeSpan.FromSeconds(asked) : longest);
        else
            pause.Resume("an operator ended it");
        return TypedResults.Ok(Answer(pause));
    }

    private static MaintenanceAnswer Answer(MaintenanceSwitch maintenance)
    {
        var state = maintenance.Current;
        return new MaintenanceAnswer(state is not null, state?.Message, state?.RetryAfterSeconds, state?.Since, maintenance.IsPersisted);
    }

    private static PauseAnswer Answer(PauseGate pause)
    {
        var state = pause.Current;
        return new PauseAnswer(state is not null, state?.HoldFor.TotalSeconds, state?.EndsAt, pause.Held);
    }

    private static ProblemHttpResult Invalid(string detail) => EdgeProblem.Of(
        StatusCodes.Status400BadRequest, GatewayProblems.Urn("control-invalid"), "The setting is not valid", detail);
}

/// <param name="Enabled">Needed.</param>
/// <param name="Message">For people; null: the usual.</param>
/// <param name="RetryAfterSeconds">Null: <see cref="MaintenanceOptions.RetryAfter"/>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record MaintenanceRequest(bool? Enabled, string? Message, int? RetryAfterSeconds);

/// <param name="Persisted">False: a restart of the Gateway ends it.</param>
internal sealed record MaintenanceAnswer(bool Enabled, string? Message, int? RetryAfterSeconds, DateTimeOffset? Since, bool Persisted);

/// <param name="Paused">Needed.</param>
/// <param name="HoldSeconds">Null: <see cref="MaintenanceOptions.MaxHold"/>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PauseRequest(bool? Paused, double? HoldSeconds);

/// <param name="EndsAt">When it ends by itself.</param>
/// <param name="Held">Requests that wait now.</param>
internal sealed record PauseAnswer(bool Paused, double? HoldSeconds, DateTimeOffset? EndsAt, int Held);

/// <summary>
/// Degraded, so that nobody overlooks it; not unhealthy: a balancer would take the Gateway out and show clients its own error for the page, and
/// an orchestrator would restart what an operator has stopped on purpose.
/// </summary>
internal sealed class MaintenanceHealthCheck(MaintenanceSwitch maintenance, PauseGate pause) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        var says = string.Join(' ', Says());
        return Task.FromResult(says.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(says));
    }

    private IEnumerable<string> Says()
    {
        if (maintenance.Current is { } state)
            yield return $"Maintenance since {state.Since:u}.";
        if (pause.Current is not null)
            yield return $"Paused; {pause.Held} requests are held.";
        if (maintenance.Complaint is { } complaint)
            yield return complaint;
    }
}
