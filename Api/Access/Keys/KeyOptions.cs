using System.ComponentModel.DataAnnotations;

namespace Slipway.Api.Access.Keys;

/// <summary>How keys are known to a replica; configuration section <c>Access:Keys</c>.</summary>
internal sealed class KeyOptions
{
    /// <summary>
    /// How long the keys that are known are taken while the database can't be reached, so that what needs no database is still answered. Nobody
    /// can revoke a key in a database that is down; only a replica that is cut off from a working one learns of it as late as this.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long the old secret may be taken after a rotation at most.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "90.00:00:00")]
    public TimeSpan MaxOverlap { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How many keys there may be that are not revoked; creating another one is refused then. Every replica keeps them in memory.</summary>
    [Range(1, 10_000)]
    public int MaxKeys { get; set; } = 1_000;
}
