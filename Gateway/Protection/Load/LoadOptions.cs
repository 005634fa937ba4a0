using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Protection.Load;

/// <summary>From first to last to be refused when not all can be served.</summary>
internal enum RequestPriority
{
    /// <summary>Anonymous reads.</summary>
    Bulk,

    /// <summary>Writes, and requests whose credential is not known yet.</summary>
    Normal,

    /// <summary>Requests of known clients.</summary>
    High,

    /// <summary>Never queued nor refused; for configured routes by which the system is controlled.</summary>
    Critical,
}

/// <summary>How many requests may be under way to the services at a time. The limit finds itself, by how long answers take.</summary>
internal sealed class LoadOptions : IValidatableObject
{
    /// <summary>False lets everything through.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The limit at start.</summary>
    [Range(1, 100_000)]
    public int Initial { get; set; } = 256;

    /// <summary>The limit never falls below it: so many requests are let through however slow the services are.</summary>
    [Range(1, 100_000)]
    public int Min { get; set; } = 16;

    /// <summary>The limit never rises above it.</summary>
    [Range(1, 100_000)]
    public int Max { get; set; } = 1024;

    /// <summary>
    /// How much longer than in good times the first byte of an answer may take before the limit is lowered; good times are the quickest of the last
    /// five minutes. Answers may always take twice as long as then.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan Slack { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Answers that take longer than this on average lower the limit whatever good times were.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan Ceiling { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Requests that wait at most; beyond it the least important one is refused.</summary>
    [Range(0, 100_000)]
    public int Queue { get; set; } = 256;

    /// <summary>How long a request waits at most.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan QueueTime { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long it waits while the queue has not been empty for <see cref="QueueTime"/>: a queue that never empties only makes everybody late. It
    /// counts until the queue has been empty once.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan CrowdedQueueTime { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The part of the limit that requests of priority bulk may take: 0.1 to 1.</summary>
    [Range(0.1, 1.0)]
    public double BulkShare { get; set; } = 0.8;

    /// <summary>The part of the limit that requests of priority normal and bulk may take: 0.1 to 1.</summary>
    [Range(0.1, 1.0)]
    public double NormalShare { get; set; } = 0.9;

    /// <summary>Time after which a request that is still sending its body is not counted any more: who sends slowly shall take nobody's place.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan UploadTime { get; set; } = TimeSpan.FromSeconds(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Min > Initial || Initial > Max)
            yield return new ValidationResult($"Min, Initial, Max: {Min}, {Initial}, {Max} are not in order.", [nameof(Min), nameof(Initial), nameof(Max)]);
        if (CrowdedQueueTime > QueueTime)
            yield return new ValidationResult("CrowdedQueueTime is longer than QueueTime.", [nameof(CrowdedQueueTime)]);
        if (BulkShare > NormalShare)
            yield return new ValidationResult("BulkShare is larger than NormalShare.", [nameof(BulkShare)]);
    }
}
