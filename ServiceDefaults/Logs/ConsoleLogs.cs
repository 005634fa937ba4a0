using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Slipway.ServiceDefaults.Secrets;

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
        builder.Services.TryAddSingleton<Redactor>();
        if (!builder.Services.Any(static service => service.ServiceType == typeof(ILoggerProvider) && service.ImplementationType == typeof(ConsoleLoggerProvider)))
            return;
        Choose(builder);
        foreach (var formatter in builder.Services.Where(static service => service.ServiceType == typeof(ConsoleFormatter) && service.ImplementationType is not null).ToArray())
        {
            builder.Services.Remove(formatter);
            builder.Services.AddSingleton<ConsoleFormatter>(provider => new RedactingFormatter(
                (ConsoleFormatter)ActivatorUtilities.CreateInstance(provider, formatter.ImplementationType!), provider.GetRequiredService<Redactor>()));
        }
    }

    private static void Choose(IHostApplicationBuilder builder)
    {
        if (builder.Configuration[FormatterName] is { Length: > 0 } chosen)
        {
            // The slim builder chooses the simple one in code, after it has read the configuration.
            builder.Services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = chosen);
            return;
        }

        if (builder.Environment.IsDevelopment())
            return;
        builder.Logging.AddJsonConsole(static json =>
        {
            json.IncludeScopes = true;
            json.UseUtcTimestamp = true;
            json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        });
    }
}
