namespace Slipway.Api.Releases;

internal static partial class ReleaseLog
{
    [LoggerMessage(2001, LogLevel.Information, "Application {Application} was registered by {Actor}")]
    public static partial void ApplicationRegistered(this ILogger logger, string application, string actor);

    [LoggerMessage(2002, LogLevel.Information, "Release {Version} of {Application} was recorded by {Actor}")]
    public static partial void ReleaseRecorded(this ILogger logger, string application, string version, string actor);

    [LoggerMessage(2003, LogLevel.Information, "Release {Version} of {Application} went from {From} to {To} on {Command} of {Actor}")]
    public static partial void ReleaseMoved(
        this ILogger logger, string application, string version, ReleaseState from, ReleaseState to, ReleaseCommand command, string actor);

    [LoggerMessage(2010, LogLevel.Warning, "The releases could not be counted for the metrics: {Reason}")]
    public static partial void FiguresNotRead(this ILogger logger, string reason);
}
