using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Protection.Clients;

/// <summary>The memory of which credential belongs to which client.</summary>
internal sealed class KnownClientOptions
{
    /// <summary>How long after the last answer that named him a client counts as known; a 401 forgets him at once.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RememberFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Credentials remembered at most; beyond it those that ran out go, then all.</summary>
    [Range(10, 1_000_000)]
    public int MaxEntries { get; set; } = 10_000;
}
