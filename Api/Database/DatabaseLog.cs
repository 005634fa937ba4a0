namespace Slipway.Api.Database;

internal static partial class DatabaseLog
{
    [LoggerMessage(2901, LogLevel.Error, "The database could not be used ({Problem}): {Reason}")]
    public static partial void DatabaseUnavailable(this ILogger logger, string problem, string reason);
}
