using Slipway.Gateway.Protection.Rates;

namespace Slipway.Gateway.Protection;

/// <summary>Log ids 9100–9199.</summary>
internal static partial class ProtectionLog
{
    [LoggerMessage(9100, LogLevel.Warning, "Redis does not answer, this Gateway counts limits for itself: {Reason}")]
    public static partial void SharedLimitsAway(this ILogger<SharedLimits> logger, string reason);

    [LoggerMessage(9101, LogLevel.Information, "Redis answers, limits are counted for all Gateways together")]
    public static partial void SharedLimitsAnswer(this ILogger<SharedLimits> logger);
}
