using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Orchestration;

/// <summary>However an AppHost ends, its processes and its folder do too.</summary>
[Collection(nameof(GoldenRuns))]
public sealed class CleanUpTests(GoldenPrograms programs)
{
    [Theory]
    [InlineData(2, 0)]
    [InlineData(15, 0)]
    [InlineData(9, 137)]
    public async Task Signal_LeavesNothing(int signal, int exitCode)
    {
        var program = await programs.GetAsync("04-executables", TestContext.Current.CancellationToken);
        await using var host = GoldenHost.Start(program);
        await host.ListWhenAsync("executables", found => found.Values.Count(o => o["status"]?["state"]?.GetValue<string>() == "Running") >= 6);
        Assert.NotEmpty(host.LeftProcesses());

        host.Send(signal);

        Assert.Equal(exitCode, await host.WaitForExitAsync());
        await TestWait.UntilAsync(() => host.LeftProcesses().Count == 0 && host.LeftSessionFolders().Count == 0, host.Token);
    }

    [Fact]
    public async Task FailedStart_EndsWithAnErrorAndLeavesNothing()
    {
        var program = await programs.GetAsync("12-errors", TestContext.Current.CancellationToken);
        await using var host = GoldenHost.Start(program, ("CASE", "replicas-fixed"));

        Assert.NotEqual(0, await host.WaitForExitAsync());

        Assert.Contains("Resource 'w' can have multiple replicas, and it uses endpoint 'http' that has TargetPort property set. Each replica must have a unique port; setting TargetPort is not allowed.", host.Output, StringComparison.Ordinal);
        await TestWait.UntilAsync(() => host.LeftProcesses().Count == 0 && host.LeftSessionFolders().Count == 0, host.Token);
    }

    [Theory]
    [InlineData("replicas-proxyless", "Resource 'w' uses multiple replicas and a proxy-less endpoint 'http'. These features do not work together.")]
    [InlineData("proxied-same-port", "The endpoint 'http' for resource 'a' requested a proxy (IsProxied is true). Non-container resources cannot be proxied when both TargetPort and Port are specified with the same value.")]
    [InlineData("proxyless-different", "The endpoint 'http' for resource 'a' is not using a proxy, and it has a value of Port property that is different from the value of TargetPort property. For proxy-less endpoints they must match.")]
    [InlineData("container-notarget", "The endpoint 'http' for container resource 'c' must specify the TargetPort value")]
    [InlineData("unknown-healthcheck", "The health check 'nope' is not registered and is required for resource 'a'.")]
    [InlineData("waitfor-cycle", "'a' waits for 'b' waits for 'a'")]
    public async Task Mistake_InTheModel_EndsTheStartWithItsText(string name, string text)
    {
        var program = await programs.GetAsync("12-errors", TestContext.Current.CancellationToken);
        await using var host = GoldenHost.Start(program, ("CASE", name));

        Assert.NotEqual(0, await host.WaitForExitAsync());

        Assert.Contains(text, host.Output, StringComparison.Ordinal);
    }
}
