namespace Slipway.Api.Database;

internal static partial class DatabaseLog
{
    [LoggerMessage(2901, LogLevel.Error, "The database could not be used ({Problem}): {Reason}")]
    public static partial void DatabaseUnavailable(this ILogger logger, string problem, string reason);

    [LoggerMessage(2902, LogLevel.Error, "PostgreSQL is asked by one request every {Seconds} s only; reads are answered with what is known, writes are refused: {Reason}")]
    public static partial void DatabaseSkipped(this ILogger logger, double seconds, string reason);

    [LoggerMessage(2903, LogLevel.Information, "PostgreSQL answers again")]
    public static partial void DatabaseAnswersAgain(this ILogger logger);
}
