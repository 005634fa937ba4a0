using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Resilience;

internal static partial class ResilienceLog
{
    [LoggerMessage(100, LogLevel.Warning, "{Method} {Uri} failed ({Outcome}); attempt {Attempt} of it is repeated in {DelayMs:0} ms.")]
    public static partial void Retrying(this ILogger logger, string method, Uri? uri, int attempt, double delayMs, string outcome);

    [LoggerMessage(101, LogLevel.Warning, "Requests to {Authority} are refused for {PauseSeconds:0.0} s: too many failed, last {Outcome}.")]
    public static partial void BreakerOpened(this ILogger logger, string authority, double pauseSeconds, string outcome);

    [LoggerMessage(102, LogLevel.Information, "Requests to {Authority} are let through again.")]
    public static partial void BreakerClosed(this ILogger logger, string authority);
}
