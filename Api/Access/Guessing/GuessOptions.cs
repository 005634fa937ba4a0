using System.ComponentModel.DataAnnotations;

namespace Slipway.Api.Access.Guessing;

/// <summary>How guessing at credentials is slowed down; configuration section <c>Access:Guessing</c>.</summary>
internal sealed class GuessOptions
{
    /// <summary>How many wrong credentials are free; each further one doubles the delay, which begins with one second.</summary>
    [Range(1, 1_000)]
    public int FreeTries { get; set; } = 5;

    /// <summary>The longest delay.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long after the last wrong credential, beyond its delay, all is forgotten.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan ForgetAfter { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long an address is remembered as the home of a key that was right there.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan TrustFor { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How many addresses, and how many pairs of address and key, are remembered; those that were quiet longest are forgotten first.</summary>
    [Range(100, 1_000_000)]
    public int MaxRemembered { get; set; } = 10_000;
}
