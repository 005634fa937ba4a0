using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.ServiceDefaults.Health;

/// <summary>The body of a health end point.</summary>
/// <param name="Status">Healthy, Degraded or Unhealthy: the worst of the checks.</param>
/// <param name="DurationMs">Of the evaluation, in milliseconds.</param>
/// <param name="Reason">Only when there is no report: why.</param>
/// <param name="Checks">By name.</param>
internal sealed record HealthResponse(string Status, double DurationMs, string? Reason, IReadOnlyDictionary<string, HealthResponse.Check> Checks)
{
    /// <summary>One check.</summary>
    /// <param name="Status">Healthy, Degraded or Unhealthy.</param>
    /// <param name="DurationMs">In milliseconds.</param>
    /// <param name="Description">What the check says; null when it says nothing or only what may not be told.</param>
    internal sealed record Check(string Status, double DurationMs, string? Description);

    /// <param name="report">What the checks found.</param>
    /// <param name="withErrors">
    /// False outside Development: the description of a check that failed by an exception often is the exception's message, which names hosts and users.
    /// </param>
    public static HealthResponse From(HealthReport report, bool withErrors) => new(
        report.Status.ToString(),
        Milliseconds(report.TotalDuration),
        Reason: null,
        report.Entries.ToDictionary(
            entry => entry.Key,
            entry => new Check(entry.Value.Status.ToString(), Milliseconds(entry.Value.Duration), Describe(entry.Value, withErrors))));

    public static HealthResponse WithoutReport(string reason) =>
        new(nameof(HealthStatus.Unhealthy), DurationMs: 0, reason, new Dictionary<string, Check>());

    private static string? Describe(HealthReportEntry entry, bool withErrors) => entry.Exception switch
    {
        null => entry.Description,
        var exception when withErrors => entry.Description ?? exception.Message,
        _ => null,
    };

    private static double Milliseconds(TimeSpan duration) => Math.Round(duration.TotalMilliseconds, 1);
}
