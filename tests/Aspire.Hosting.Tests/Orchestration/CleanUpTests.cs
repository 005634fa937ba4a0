using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Orchestration;

/// <summary>However an AppHost ends, its processes and its folder do too.</summary>
[Collection(nameof(GoldenRuns))]
public sealed class CleanUpTests(GoldenPrograms programs)
{
    private static readonly TimeSpan s_askEvery = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2, 0)]
    [InlineData(15, 0)]
    [InlineData(9, 137)]
    public async Task Signal_LeavesNothing(int signal, int exitCode)
    {
        var program = await programs.GetAsync("04-executables", Cancellation);
        await using var host = GoldenAppHost.Start(program);
        while ((await host.ObjectsAsync("executables", Cancellation)).Count(o => (string?)o["status"]?["state"] == "Running") < 6)
        {
            await Task.Delay(s_askEvery, TimeProvider.System, Cancellation);
        }

        Assert.NotEmpty(host.LeftProcesses());

        host.Send(signal);

        Assert.Equal(exitCode, await host.WaitForExitAsync(Cancellation));
        await host.WaitUntilNothingIsLeftAsync(Cancellation);
    }

    [Fact]
    public async Task FailedStart_EndsWithAnErrorAndLeavesNothing()
    {
        var program = await programs.GetAsync("12-errors", Cancellation);
        await using var host = GoldenAppHost.Start(program, environment: ("CASE", "replicas-fixed"));

        Assert.NotEqual(0, await host.WaitForExitAsync(Cancellation));

        Assert.Contains("Resource 'w' can have multiple replicas, and it uses endpoint 'http' that has TargetPort property set. Each replica must have a unique port; setting TargetPort is not allowed.", host.Output, StringComparison.Ordinal);
        await host.WaitUntilNothingIsLeftAsync(Cancellation);
    }
}
