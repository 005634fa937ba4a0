namespace Aspire.StackExchange.Redis;

/// <summary>
/// How a Redis client connects and what it reports; bound from <c>Aspire:StackExchange:Redis</c> and <c>Aspire:StackExchange:Redis:{name}</c>.
/// </summary>
public sealed class StackExchangeRedisSettings
{
    /// <summary>The comma-separated configuration string; one without an end point is an error when the client is first resolved.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>False by default: a health check is registered.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>False by default: a client span is recorded for each command inside a recorded activity.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>True by default: the client connects when it is first resolved. False connects when the host starts.</summary>
    public bool DisableAutoActivation { get; set; } = true;
}
