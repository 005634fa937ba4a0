using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Edge.Caching;

/// <summary>The shared cache of answers that allow it.</summary>
internal sealed class CacheOptions
{
    /// <summary>False forwards every request.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Memory for bodies and headers of all answers, in bytes: 64 KB to 4 GB. Those used longest ago make room.</summary>
    [Range(64L * 1024, 4L * 1024 * 1024 * 1024)]
    public long MaxBytes { get; set; } = 16L * 1024 * 1024;

    /// <summary>Longest body that is kept, in bytes: 1 KB to 64 MB.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxEntryBytes { get; set; } = 1024 * 1024;
}
