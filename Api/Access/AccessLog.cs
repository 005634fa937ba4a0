namespace Slipway.Api.Access;

internal static partial class AccessLog
{
    [LoggerMessage(2801, LogLevel.Information, "Listening to changes of keys; {Count} are known")]
    public static partial void KeysListening(this ILogger logger, int count);

    [LoggerMessage(2802, LogLevel.Information, "The keys changed: version {Version}, {Count} are known")]
    public static partial void KeysChanged(this ILogger logger, long version, int count);

    [LoggerMessage(2803, LogLevel.Warning, "The connection that tells of changes of keys broke; another one is opened: {Reason}")]
    public static partial void KeysNotHeard(this ILogger logger, string reason);

    [LoggerMessage(2804, LogLevel.Warning, "Changes of keys can't be listened to, the database is asked several times a second: {Reason}")]
    public static partial void KeysAsked(this ILogger logger, string reason);

    [LoggerMessage(2805, LogLevel.Error, "The keys can't be read; those that are known are taken for a while: {Reason}")]
    public static partial void KeysUnreachable(this ILogger logger, string reason);

    [LoggerMessage(2806, LogLevel.Information, "Key {Prefix} was {Act} by {Client}")]
    public static partial void KeyChanged(this ILogger logger, string prefix, string act, string client);

    [LoggerMessage(2807, LogLevel.Warning, "Last uses of keys and refusals could not be written down and are kept for the next time: {Reason}")]
    public static partial void RecordsNotWritten(this ILogger logger, string reason);

    [LoggerMessage(2808, LogLevel.Warning, "Refused {Count} requests of {Who} from {Address}: {Reason}")]
    public static partial void Refused(this ILogger logger, long count, string who, string address, string reason);

    [LoggerMessage(2809, LogLevel.Warning, "The signing keys of tokens could not be read from {Source}; those that are known are taken for a while: {Reason}")]
    public static partial void SigningKeysUnread(this ILogger logger, string source, string reason);

    [LoggerMessage(2810, LogLevel.Information, "{Count} signing keys of tokens were read from {Source}")]
    public static partial void SigningKeysRead(this ILogger logger, string source, int count);
}
