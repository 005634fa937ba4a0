using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Slipway.ServiceDefaults.Logs;
using Slipway.TestKit;

namespace Slipway.ServiceDefaults.Tests.Logs;

public sealed partial class RedactedOutputTests
{
    private const string Secret = "plantedsecret-4f1b2b0b822c";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task AnExceptionThatNamesASecretLeavesItInNoRecordSpanOrProblem(string environment)
    {
        await using var collector = new OtlpCollector();
        string problem;
        await using (var service = await TestService.StartAsync(
            map: app => app.MapGet("/fails", string (ILogger<RedactedOutputTests> logger) =>
            {
                var exception = new InvalidOperationException($"Can't open Host=db;Password={Secret};Database=x", new ArgumentException($"https://me:{Secret}@host/"));
                Failed(logger, exception, $"Bearer {Secret}", Secret);
                throw exception;
            }),
            environment: environment, otlpEndpoint: collector.Address))
        {
            using var answer = await service.Client.GetAsync("/fails", Cancellation);
            problem = await answer.Content.ReadAsStringAsync(Cancellation);
            // A span ends after its answer has been read: the server waits for it.
            await service.StopAsync();
        }

        // Stopping the service flushes it. That the rest is there shows that nothing was simply dropped.
        Assert.Contains("Can't open Host=db;Password=***", collector.Received("logs"), StringComparison.Ordinal);
        Assert.Contains("Can't open Host=db;Password=***", collector.Received("traces"), StringComparison.Ordinal);
        Assert.Contains("exception.stacktrace", collector.Received("traces"), StringComparison.Ordinal);
        Assert.Empty(PlantedSecrets.Leaks(
            [new("exception", Secret)], [("logs", collector.Received("logs")), ("traces", collector.Received("traces")), ("metrics", collector.Received("metrics")), ("problem", problem)]));
    }

    [Fact]
    public void Line_ThatIsTooLong_IsCutAndStaysJson()
    {
        using var services = Services();
        var formatter = services.GetServices<ConsoleFormatter>().Single(static formatter => formatter.Name == ConsoleFormatterNames.Json);
        using var written = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Error, "Test", 7, new string('x', 10_000_000), new InvalidOperationException(new string('y', 10_000_000)), static (state, _) => state);

        formatter.Write(entry, scopeProvider: null, written);

        var line = JsonElement.Parse(written.ToString());
        Assert.InRange(written.ToString().Length, 1000, RedactingFormatter.MaxLine * 2);
        Assert.Contains("xxx… (10000000 characters)", line.GetProperty("Message").GetString(), StringComparison.Ordinal);
        Assert.Contains("yyy… (", line.GetProperty("Message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ConsoleFormatterNames.Json)]
    [InlineData(ConsoleFormatterNames.Simple)]
    [InlineData(ConsoleFormatterNames.Systemd)]
    public void Line_WithNothingToHide_IsAsTheFormatterWroteIt(string name)
    {
        using var services = Services();
        using var plain = new ServiceCollection().AddLogging(static logging => logging.AddConsole().AddJsonConsole()).BuildServiceProvider();
        var entry = new LogEntry<string>(LogLevel.Warning, "Test", 7, "Two\nlines", new InvalidOperationException("broken"), static (state, _) => state);

        Assert.Equal(Written(plain), Written(services));

        string Written(IServiceProvider provider)
        {
            using var written = new StringWriter();
            provider.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == name).Write(entry, scopeProvider: null, written);
            return written.ToString();
        }
    }

    private static ServiceProvider Services()
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddConsoleLogs();
        // Times would differ.
        builder.Services.PostConfigureAll<ConsoleFormatterOptions>(static options => options.TimestampFormat = null);
        builder.Services.PostConfigureAll<JsonConsoleFormatterOptions>(static options => (options.TimestampFormat, options.IncludeScopes) = (null, false));
        return builder.Services.BuildServiceProvider();
    }

    [LoggerMessage(1, LogLevel.Error, "Failed with {Header} and {Password}")]
    private static partial void Failed(ILogger logger, Exception exception, string header, string password);
}
