namespace Aspire.Hosting.Tests.Golden;

/// <summary>
/// Recorded programs, run on the orchestrator: its objects, what processes receive, events, states and what the dashboard is shown are those of the
/// official host.
/// </summary>
[Collection(nameof(GoldenRuns))]
public sealed class GoldenRunTests(GoldenPrograms programs)
{
    [Theory]
    [InlineData("02-parameters")]
    [InlineData("04-executables")]
    [InlineData("05-references")]
    [InlineData("07-launchsettings")]
    [InlineData("13-waits")]
    public Task Program_OnTheHost_AsRecorded(string name) => RunAsync(name, string.Empty);

    [Fact]
    public Task Waits_WithoutTheDashboard_AsRecorded() => RunAsync("13-waits", "nodash", ("NODASH", "1"));

    private async Task RunAsync(string name, string recording, params (string, string)[] environment)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var program = await programs.GetAsync(name, cancellation);
        await using var run = GoldenAppHost.Start(program, environment: environment);
        await new GoldenRunComparison(program, program.Recorded(recording), "dies").AssertSameAsync(run, cancellation);
        Assert.Equal(0, await run.StopAsync());
    }
}

/// <summary>The recorded programs have fixed ports, so they run one after the other.</summary>
[CollectionDefinition(nameof(GoldenRuns), DisableParallelization = true)]
public sealed class GoldenRuns;
