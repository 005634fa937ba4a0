namespace Slipway.Api.Cache;

internal static partial class CacheLog
{
    [LoggerMessage(2951, LogLevel.Warning, "Redis failed and is skipped for {Seconds} s, reads come from PostgreSQL: {Reason}")]
    public static partial void CacheFailed(this ILogger logger, double seconds, string reason);

    [LoggerMessage(2952, LogLevel.Information, "Redis answers again")]
    public static partial void CacheAnswersAgain(this ILogger logger);
}
