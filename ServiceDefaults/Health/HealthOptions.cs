using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Health;

/// <summary>How health is evaluated; configuration section <c>Health</c>.</summary>
public sealed class HealthOptions
{
    public const string Section = "Health";

    /// <summary>How long a check's result answers further probes; zero evaluates anew as soon as the last evaluation has ended.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan CacheFor { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>For each check that brings no timeout of its own; past it the check is unhealthy.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan CheckTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a probe waits for a check at most; then it is answered with what is known.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:00.900")]
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromMilliseconds(800);

    /// <summary>How old a result may be while a newer one is waited for; older ones count no longer, and the check is unknown.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the thread pool may leave work lying before the process counts as stuck.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan StuckAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What <c>X-Api-Key</c> has to carry to read <c>/health/detailed</c>; null refuses it outside Development, where nothing is asked for.
    /// At least 32 characters.
    /// </summary>
    [StringLength(1024, MinimumLength = 32)]
    public string? DetailedKey { get; set; }
}

[OptionsValidator]
internal sealed partial class HealthOptionsValidator : IValidateOptions<HealthOptions>;
