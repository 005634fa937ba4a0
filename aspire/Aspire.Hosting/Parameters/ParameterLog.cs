using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Parameters;

internal static partial class ParameterLog
{
    [LoggerMessage(1, LogLevel.Warning, "Parameter '{Name}' has no value: configuration key '{Key}' is missing. Set it with: dotnet user-secrets set \"{Key}\" \"<value>\" in the AppHost's folder, or with the environment variable {Variable}.")]
    public static partial void Missing(ILogger logger, string name, string key, string variable);

    [LoggerMessage(2, LogLevel.Information, "The value of parameter '{Name}' was kept in the user secrets.")]
    public static partial void Kept(ILogger logger, string name);

    [LoggerMessage(3, LogLevel.Warning, "The value of parameter '{Name}' holds for this run but was not kept: {Reason}")]
    public static partial void NotKept(ILogger logger, string name, string reason);
}
