using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Slipway.Gateway.Tests.Logs;

public sealed class ConsoleLogTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OutsideDevelopmentEveryLineIsJsonWithTimeTraceAndCorrelationIdAndTheEndIsExitCode0()
    {
        var (lines, exitCode) = await RunAsync("Production");

        var documents = lines.Select(static line => JsonElement.Parse(line)).ToArray();
        Assert.Equal(0, exitCode);
        Assert.All(documents, line => Assert.EndsWith("Z", line.GetProperty("Timestamp").GetString(), StringComparison.Ordinal));
        var executing = documents.First(line => line.GetProperty("Message").GetString()!.StartsWith("Executing endpoint", StringComparison.Ordinal));
        Assert.Equal("Information", executing.GetProperty("LogLevel").GetString());
        var scopes = executing.GetProperty("Scopes").EnumerateArray().ToArray();
        Assert.Contains(scopes, scope => scope.TryGetProperty("correlationId", out var id) && id.GetString() == "quote-me");
        Assert.Contains(scopes, scope => scope.TryGetProperty("TraceId", out var id) && id.GetString()!.Length == 32);
    }

    [Fact]
    public async Task InDevelopmentLinesAreForPeople()
    {
        var (lines, exitCode) = await RunAsync("Development");

        Assert.Equal(0, exitCode);
        Assert.Contains(lines, line => line.StartsWith("info: ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith('{'));
    }

    /// <summary>Starts the Gateway as a process, asks it once and ends it by SIGTERM.</summary>
    private static async Task<(IReadOnlyList<string> Lines, int ExitCode)> RunAsync(string environment)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "exec", typeof(GatewayApp).Assembly.Location, "--urls=http://127.0.0.1:0", $"--environment={environment}",
                "--services:api:http:0=http://127.0.0.1:9", "--Logging:LogLevel:Microsoft.AspNetCore=Information", "--Shutdown:ReadinessDelay=00:00:00",
                "--Gateway:AllowPlainHttp=true",
            },
        };
        using var process = Process.Start(start)!;
        try
        {
            var lines = new List<string>();
            using var client = new HttpClient();
            client.DefaultRequestHeaders.Add("X-Correlation-ID", "quote-me");
            const string listening = "Now listening on: ";
            var asked = false;
            while (await process.StandardOutput.ReadLineAsync(Cancellation) is { } line)
            {
                lines.Add(line);
                var at = line.IndexOf(listening, StringComparison.Ordinal);
                if (asked || at < 0)
                    continue;
                asked = true;
                var address = new string([.. line[(at + listening.Length)..].TakeWhile(static c => c is not ('"' or ' '))]);
                using var answer = await client.GetAsync(new Uri(new Uri(address), "/nowhere"), Cancellation);
                using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
                await kill.WaitForExitAsync(Cancellation);
            }

            await process.WaitForExitAsync(Cancellation);
            return (lines, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
