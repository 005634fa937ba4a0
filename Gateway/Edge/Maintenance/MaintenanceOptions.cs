using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Edge.Maintenance;

/// <summary>Bounds of maintenance and pause, which operators switch on the internal port.</summary>
internal sealed class MaintenanceOptions
{
    /// <summary>Absolute path of the file that keeps maintenance over a restart; null: a restart ends it, and each answer of the switch says so.</summary>
    public string? StateFile { get; set; }

    /// <summary>What clients are told to wait while nobody said otherwise: 1 second to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Requests that a pause holds at most; further ones are answered 503 at once.</summary>
    [Range(1, 100_000)]
    public int MaxHeld { get; set; } = 1000;

    /// <summary>Longest time that a pause may hold a request: 1 second to 5 minutes. Clients have time limits of their own.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan MaxHold { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Time after which a pause that nobody ended ends by itself: 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MaxPause { get; set; } = TimeSpan.FromMinutes(5);
}
