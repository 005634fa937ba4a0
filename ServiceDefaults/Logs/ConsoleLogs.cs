using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Slipway.ServiceDefaults.Logs;

/// <summary>
/// Lines for people in Development; elsewhere one JSON document a line, with its scopes (trace, correlation id), for whatever collects them.
/// <c>Logging:Console:FormatterName</c> decides otherwise: <c>simple</c>, <c>json</c>, <c>systemd</c>.
/// </summary>
internal static class ConsoleLogs
{
    private const string FormatterName = "Logging:Console:FormatterName";

    public static void AddConsoleLogs(this IHostApplicationBuilder builder)
    {
        var writesToConsole = builder.Services.Any(static service => service.ServiceType == typeof(ILoggerProvider) && service.ImplementationType == typeof(ConsoleLoggerProvider));
        if (!writesToConsole || builder.Environment.IsDevelopment() || !string.IsNullOrEmpty(builder.Configuration[FormatterName]))
            return;

        builder.Logging.AddJsonConsole(static json =>
        {
            json.IncludeScopes = true;
            json.UseUtcTimestamp = true;
            json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        });
    }
}
