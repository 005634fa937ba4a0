using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Forwarding;

/// <summary>The bounds of repeating a request whose destination failed.</summary>
internal sealed class RetryOptions
{
    /// <summary>Times that one request is tried, the first included; 1 means never again.</summary>
    [Range(1, 20)]
    public int MaxAttempts { get; set; } = 8;

    /// <summary>Time since the request's arrival after which no further attempt is begun: 0 to 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Time that a destination has to begin its answer to a repeatable request without a body before the next attempt, doubled for each
    /// attempt: 50 ms to 1 minute. Event streams and upgrades are exempt, and the last attempt that the other bounds allow.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The same for a POST or PATCH with an <c>Idempotency-Key</c>, whose work may take longer: 50 ms to 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00")]
    public TimeSpan KeyedAttemptTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Wait for an answer to GET or HEAD before a second attempt runs beside the first: 0 to 10 seconds; zero sends none. Each draws on the budget.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan HedgeDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Bytes of the body up to which a request with an <c>Idempotency-Key</c> is kept in memory, so that it can be repeated; zero repeats none.</summary>
    [Range(0, 16 * 1024 * 1024)]
    public int MaxKeptBody { get; set; } = 256 * 1024;

    /// <summary>Wait before the third attempt, doubled for each one after it; the second follows at once: 0 to 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan Backoff { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Longest wait between two attempts: 0 to 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Repeats that the whole Gateway can have in advance of successes. An attempt takes one; at zero none is made.</summary>
    [Range(0, 100_000)]
    public int Budget { get; set; } = 500;

    /// <summary>What each answered request puts back into the budget: 0.2 allows one repeat for five requests in the long run.</summary>
    [Range(0.0, 1.0)]
    public double BudgetPerAnswer { get; set; } = 0.2;
}
