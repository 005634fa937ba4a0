namespace Slipway.AppHost.Tests;

/// <summary>However the AppHost ends, nothing that it started stays.</summary>
public sealed class CleanUpTests
{
    /// <summary>The orchestrator notices a killed AppHost by itself within seconds; this is the limit of the wait, not the claim.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(2, 0)]
    [InlineData(15, 0)]
    [InlineData(9, 137)]
    public async Task Signal_LeavesNothingRunningAndNoSessionFolder(int signal, int exitCode)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var data = new DataFolder();
        var temporary = Directory.CreateTempSubdirectory("slipway-tmp-");
        await using (var appHost = AppHostProcess.Start(data.AppHostArguments, ("TMPDIR", temporary.FullName)))
        {
            await appHost.WaitUntilReadyAsync(cancellation);
            Assert.NotEmpty(appHost.Started.Running());

            appHost.Send(signal);
            Assert.Equal(exitCode, await appHost.WaitForExitAsync(cancellation));
            var left = await appHost.Started.WaitUntilGoneAsync(s_limit, cancellation);
            Assert.True(left.Count == 0, string.Join(Environment.NewLine, left));
        }

        Assert.Empty(temporary.EnumerateFileSystemInfos().Where(f => !f.Name.StartsWith("clr-debug-pipe", StringComparison.Ordinal) && !f.Name.StartsWith("dotnet-diagnostic", StringComparison.Ordinal)).Select(f => f.Name));
        temporary.Delete(recursive: true);
    }

    [Fact]
    public async Task Data_SurvivesAKilledAppHost()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var data = new DataFolder();
        const string application = """{"name":"kept","description":"Written before the kill."}""";
        await using (var first = AppHostProcess.Start(data.AppHostArguments))
        {
            await first.WaitUntilReadyAsync(cancellation);
            using var client = GatewayOf(first);
            using var created = await client.PostAsync("/applications", new StringContent(application, null, "application/json"), cancellation);
            Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync(cancellation));
            first.Send(9);
            await first.WaitForExitAsync(cancellation);
            Assert.Empty(await first.Started.WaitUntilGoneAsync(s_limit, cancellation));
        }

        await using var second = AppHostProcess.Start(data.AppHostArguments);
        await second.WaitUntilReadyAsync(cancellation);
        using var reader = GatewayOf(second);
        Assert.Contains("Written before the kill.", await reader.GetStringAsync("/applications/kept", cancellation), StringComparison.Ordinal);
    }

    private static HttpClient GatewayOf(AppHostProcess appHost)
    {
        var line = appHost.Output.Split('\n').First(l => l.Contains("Gateway    http", StringComparison.Ordinal));
        return new HttpClient { BaseAddress = new Uri(line.Split("Gateway")[1].Trim()), DefaultRequestHeaders = { { "X-Api-Key", DataFolder.ApiKey } } };
    }
}
