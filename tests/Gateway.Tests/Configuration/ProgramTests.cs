using System.Text.Json;
using Slipway.TestKit;

namespace Slipway.Gateway.Tests.Configuration;

/// <summary>The Gateway as a process: what it refuses to start with, and what it says of its configuration.</summary>
public sealed class ProgramTests : IDisposable
{
    private const string Strong = "9f86d081884c7d659a2feaa0c55ad0154f1b2b0b822cd15d";

    private readonly DirectoryInfo _secrets = Directory.CreateTempSubdirectory("slipway-secrets-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _secrets.Delete(recursive: true);

    [Fact]
    public async Task InProductionEverythingThatOnlyDevelopmentMayDoIsRefusedAtOnceWithoutAStackTrace()
    {
        var (exitCode, output) = await RunAsync(
            ["--urls=http://127.0.0.1:0", "--Gateway:Retries:MaxAttempts=0", "--Logging:LogLevel:Default=Debug", "--Health:DetailedKey=changemechangemechangemechangeme"]);

        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1, exitCode);
        Assert.Equal(4, lines.Length);
        Assert.All(lines, static line => Assert.StartsWith("Configuration: ", line, StringComparison.Ordinal));
        foreach (var named in new[] { "Gateway:Retries:MaxAttempts: '0'", "Logging:LogLevel:Default: Debug", "Health:DetailedKey: it is weak", "plain HTTP" })
            Assert.Contains(lines, line => line.Contains(named, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--Gateway:AllowPlainHttp=true")]
    [InlineData("--Gateway:ForwardedHeaders:TrustedProxies:0=10.0.0.0/8")]
    [InlineData("--Kestrel:Endpoints:Front:Url=https://127.0.0.1:0")]
    [InlineData("--environment=Development")]
    public async Task PlainHttpIsFineWhereTlsEndsSomewhere(string setting)
    {
        var (exitCode, output) = await RunAsync(["config", "--urls=http://127.0.0.1:0", setting]);

        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("error:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfigPrintsValuesWithTheirSourcesAndNoSecret()
    {
        await File.WriteAllTextAsync(Path.Combine(_secrets.FullName, "Internal__Key"), Strong, Cancellation);

        await using var gateway = ServiceProcess.Start(
            typeof(GatewayApp).Assembly.Location,
            ["config", "--json", "--urls=http://127.0.0.1:0", "--Gateway:AllowPlainHttp=true"],
            ("Secrets__Folder", _secrets.FullName), ("Health__StaleAfter", "00:00:20"), ("Internal__Key", Strong[8..]));

        Assert.Equal(0, await gateway.EndAsync(Cancellation));
        var output = gateway.StandardOutput;
        var settings = JsonElement.Parse(output).GetProperty("settings").EnumerateArray()
            .ToDictionary(static setting => setting.GetProperty("key").GetString()!, static setting => (setting.GetProperty("value").GetString(), setting.GetProperty("source").GetString()));
        Assert.Equal(("set", "secret file"), settings["Internal:Key"]);
        Assert.Equal(("00:00:20", "environment"), settings["Health:StaleAfter"]);
        Assert.Equal(("true", "command line"), settings["Gateway:AllowPlainHttp"]);
        Assert.Equal(("8", "default"), settings["Gateway:Retries:MaxAttempts"]);
        Assert.DoesNotContain(Strong[8..], output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string[] arguments, params (string Name, string Value)[] environment)
    {
        await using var gateway = ServiceProcess.Start(typeof(GatewayApp).Assembly.Location, arguments, environment);
        return (await gateway.EndAsync(Cancellation), gateway.Output);
    }
}
