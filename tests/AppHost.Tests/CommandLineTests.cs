using System.Net;
using System.Text.Json;

namespace Slipway.AppHost.Tests;

/// <summary>The whole application under the official command line: every command of a working day, in its order.</summary>
public sealed class CommandLineTests
{
    private static readonly TimeSpan s_gone = TimeSpan.FromSeconds(30);

    private static readonly string[] s_resources = ["postgres", "opsdb", "cache", "first-api-key-secret", "migrations", "api", "gateway"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunDescribeLogsRestartStopStartAndStopWorkOnTheRealApplication()
    {
        Assert.SkipWhen(CommandLine.Missing is not null, CommandLine.Missing ?? string.Empty);
        using var data = new DataFolder();
        using var cli = new CommandLine();
        var run = cli.RunAppHostAsync(data.AppHostArguments, Cancellation);
        await UntilListedAsync(cli, run);

        await GoodAsync(cli, "wait", "gateway");
        var described = await DescribeAsync(cli);
        Assert.Equal(s_resources.Order(), described.Select(r => r.Resource).Distinct().Order());
        Assert.Equal(2, described.Count(r => r.Resource == "api"));
        Assert.All(described.Where(r => r.Resource is not ("migrations" or "first-api-key-secret")), r => Assert.Equal(("Running", "Healthy"), (r.State, r.Health)));
        Assert.Equal("Finished", described.Single(r => r.Resource == "migrations").State);
        await GoodAsync(cli, "describe");
        Assert.Contains("Application started.", await GoodAsync(cli, "logs", "gateway"), StringComparison.Ordinal);
        Assert.Contains("[migrations]", await GoodAsync(cli, "logs"), StringComparison.Ordinal);

        var gateway = described.Single(r => r.Resource == "gateway").Url;
        await RestartsAsync(cli, gateway);
        await StopsAndStartsAsync(cli, gateway, described.First(r => r.Resource == "api").Name);
        await RefusesAsync(cli);

        await GoodAsync(cli, "stop");
        Assert.Equal(0, (await run.WaitAsync(s_gone, TimeProvider.System, Cancellation)).ExitCode);
        Assert.Empty(await cli.Started.WaitUntilGoneAsync(s_gone, Cancellation));
        Assert.Empty(Directory.EnumerateFiles(cli.Sockets));
    }

    /// <summary>One after the other, and two at once: the second finds the resource stopping or starting.</summary>
    private static async Task RestartsAsync(CommandLine cli, Uri gateway)
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Contains("restarted successfully", await GoodAsync(cli, "resource", "gateway", "restart"), StringComparison.Ordinal);
        }

        await Task.WhenAll(GoodAsync(cli, "resource", "gateway", "restart"), GoodAsync(cli, "resource", "gateway", "restart"));
        await GoodAsync(cli, "wait", "gateway");
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(gateway));
    }

    private static async Task StopsAndStartsAsync(CommandLine cli, Uri gateway, string replica)
    {
        await GoodAsync(cli, "resource", replica, "stop");
        Assert.NotEqual("Running", (await DescribeAsync(cli)).Single(r => r.Name == replica).State);
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(gateway));
        await GoodAsync(cli, "resource", replica, "start");
        await GoodAsync(cli, "wait", replica);

        await GoodAsync(cli, "resource", "api", "stop");
        Assert.All((await DescribeAsync(cli)).Where(r => r.Resource == "api"), r => Assert.NotEqual("Running", r.State));
        await GoodAsync(cli, "resource", "api", "start");
        await GoodAsync(cli, "wait", "api");
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(gateway));
    }

    private static async Task RefusesAsync(CommandLine cli)
    {
        foreach (var arguments in new string[][] { ["resource", "nope", "stop"], ["resource", "gateway", "nope"], ["logs", "nope"], ["wait", "nope"] })
        {
            var (exitCode, output) = await cli.ExecuteAsync(Cancellation, arguments);
            Assert.NotEqual(0, exitCode);
            Assert.Contains("'nope'", output, StringComparison.Ordinal);
        }
    }

    /// <summary>The AppHost answers as soon as its socket is there, and <c>ps</c> knows it from then on.</summary>
    private static async Task UntilListedAsync(CommandLine cli, Task<(int ExitCode, string Output)> run)
    {
        while (!(await GoodAsync(cli, "ps")).Contains("AppHost.csproj", StringComparison.Ordinal))
        {
            Assert.False(run.IsCompleted, run.IsCompleted ? (await run).Output : null);
        }
    }

    private static async Task<string> GoodAsync(CommandLine cli, params string[] arguments)
    {
        var (exitCode, output) = await cli.ExecuteAsync(Cancellation, arguments);
        Assert.True(exitCode == 0, $"aspire {string.Join(' ', arguments)} ended with {exitCode}: {output}");
        return output;
    }

    private static async Task<List<Described>> DescribeAsync(CommandLine cli)
    {
        var output = await GoodAsync(cli, "describe", "--format", "Json");
        using var document = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..(output.LastIndexOf('}') + 1)]);
        return [.. document.RootElement.GetProperty("resources").EnumerateArray().Select(r => new Described(
            r.GetProperty("name").GetString()!,
            r.GetProperty("displayName").GetString()!,
            r.GetProperty("state").GetString(),
            r.TryGetProperty("healthStatus", out var health) ? health.GetString() : null,
            new Uri(r.GetProperty("urls").EnumerateArray().Where(u => u.GetProperty("name").GetString() == "http").Select(u => u.GetProperty("url").GetString()).FirstOrDefault() ?? "about:blank")))];
    }

    private static async Task<HttpStatusCode> ReadAsync(Uri gateway)
    {
        using var client = new HttpClient { BaseAddress = gateway, DefaultRequestHeaders = { { "X-Api-Key", DataFolder.ApiKey } } };
        using var answer = await client.GetAsync("/applications", Cancellation);
        return answer.StatusCode;
    }

    private sealed record Described(string Name, string Resource, string? State, string? Health, Uri Url);
}
