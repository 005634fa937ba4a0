using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Health;

/// <summary>The body of a health end point.</summary>
/// <param name="Status">Healthy, Degraded, Unknown or Unhealthy: the worst of the checks; an unknown one whose failure would only degrade the service degrades it.</param>
/// <param name="DurationMs">Of the slowest evaluation, in milliseconds.</param>
/// <param name="Checks">By name.</param>
internal sealed record HealthResponse(string Status, double DurationMs, IReadOnlyDictionary<string, HealthResponse.Check> Checks)
{
    /// <summary>One check.</summary>
    /// <param name="Status">Healthy, Degraded, Unknown or Unhealthy.</param>
    /// <param name="DurationMs">In milliseconds.</param>
    /// <param name="AgeMs">Since the evaluation ended, in milliseconds; null while there is no result.</param>
    /// <param name="Description">What the check says; null when it says nothing or only what may not be told.</param>
    internal sealed record Check(string Status, double DurationMs, double? AgeMs, string? Description);

    /// <param name="results">By name of the check.</param>
    /// <param name="withErrors">
    /// False outside Development: the description of a check that failed by an exception often is the exception's message, which names hosts and users.
    /// </param>
    /// <param name="redactor">Takes secrets out of what checks say.</param>
    public static HealthResponse From(IReadOnlyCollection<(string Name, CheckResult Result)> results, bool withErrors, Redactor redactor) => new(
        Worst(results).ToString(),
        Milliseconds(results.Select(static check => check.Result.Duration).DefaultIfEmpty().Max()),
        results.ToDictionary(
            static check => check.Name,
            check => new Check(
                check.Result.Verdict.ToString(),
                Milliseconds(check.Result.Duration),
                check.Result.Age is { } age ? Milliseconds(age) : null,
                Describe(check.Result, withErrors) is { } said ? redactor.Redact(said) : null)));

    public static HealthVerdict Worst(IEnumerable<(string Name, CheckResult Result)> results) =>
        results.Select(static check => check.Result.Counts).DefaultIfEmpty(HealthVerdict.Healthy).Max();

    private static string? Describe(CheckResult result, bool withErrors) => result.Exception switch
    {
        null => result.Description,
        var exception when withErrors => result.Description ?? exception.Message,
        _ => null,
    };

    private static double Milliseconds(TimeSpan duration) => Math.Round(duration.TotalMilliseconds, 1);
}
