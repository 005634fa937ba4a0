namespace Slipway.MigrationService;

internal static partial class MigrationLog
{
    [LoggerMessage(1901, LogLevel.Information, "Waiting for the server, which doesn't accept connections yet: {Reason}")]
    public static partial void WaitingForServer(this ILogger logger, string reason);

    [LoggerMessage(1902, LogLevel.Information, "Applied {Migration} in {Milliseconds} ms")]
    public static partial void Applied(this ILogger logger, string migration, long milliseconds);

    [LoggerMessage(1903, LogLevel.Information, "The schema is at {Number}; {Count} migrations were applied now")]
    public static partial void Migrated(this ILogger logger, int number, int count);

    [LoggerMessage(1904, LogLevel.Warning, "The database is newer than this build: it is at {Applied}, this build knows {Known}. Nothing to do; migrations only expand, so that an earlier release goes on working")]
    public static partial void DatabaseNewer(this ILogger logger, int applied, int known);

    [LoggerMessage(1905, LogLevel.Error, "{Problem}")]
    public static partial void Stopped(this ILogger logger, string problem);

    [LoggerMessage(1906, LogLevel.Critical, "The migration ended by an error that was not foreseen")]
    public static partial void Unexpected(this ILogger logger, Exception problem);

    [LoggerMessage(1907, LogLevel.Information, "The first key was stored; its prefix is {Prefix}")]
    public static partial void FirstKeyMade(this ILogger logger, string prefix);
}
