using Aspire.Hosting.Tests.Golden;
using Slipway.TestKit.Containers;

namespace Aspire.Hosting.Tests.Containers;

/// <summary>
/// Recorded programs with containers, run on the orchestrator and a real engine: its objects, what the processes are told and what the dashboard
/// is shown are those of the official host.
/// </summary>
[Collection(nameof(GoldenRuns))]
public sealed class GoldenContainerTests(GoldenPrograms programs, ContainerEngine engine) : IClassFixture<ContainerEngine>, IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("golden-home-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task Product_PostgresAndRedisWithTheirClients_AsRecorded() => RunAsync("01-product");

    [Fact]
    public Task Containers_MountsPortsFilesAndArguments_AsRecorded() => RunAsync("03-containers");

    /// <summary>The engine of the recording had no buildx: what is asked for is recorded, and how the failure shows.</summary>
    [Fact]
    public async Task Dockerfile_BuildsAndTheirFailure_AsRecorded()
    {
        Assert.SkipWhen(await HasBuildxAsync(), "The recording shows builds that fail for want of buildx, which is installed here.");
        await RunAsync("08-dockerfile");
    }

    /// <summary>The recording's images knew neither databases in UTF-8 nor a Redis that lets others in without a password.</summary>
    [Fact]
    public Task PostgresAndRedis_TheirOptions_AsRecorded() => RunAsync("10-pgredis", unsureHealth: ["other", "nopw"]);

    [Fact]
    public async Task Lifecycle_UrlsRelationshipsReplicasAndAPersistentContainer_AsRecorded()
    {
        await RunAsync("09-lifecycle");
        await EngineAsync("container", "rm", "--force", "--volumes", "golden-keeper");
    }

    [Fact]
    public Task ContainerToHost_AddressesOfHostResources_AsRecorded() => RunAsync("17-container-to-host");

    /// <summary>Every click of the recording; the container ignores the signal that ends it and is killed after ten seconds.</summary>
    [Fact]
    public Task Commands_ClickByClick_AsRecorded() => RunAsync("18-commands", during: (run, program) => GoldenCommands.RepeatAsync(run, program, Cancellation));

    [Fact]
    public async Task ImageThatNobodyHas_StatesAndLog_AsRecorded()
    {
        const string name = "bad-image";
        Assert.SkipWhen(engine.Missing is not null, engine.Missing ?? string.Empty);
        var program = await programs.GetAsync(GoldenCaseTests.Name, Cancellation);
        await using var run = GoldenAppHost.Start(program, _home.FullName, engine.Host, ("CASE", name));
        await new GoldenCase(GoldenCase.All()[name]!["run"]!).AssertSameAsync(run, Cancellation);
        Assert.Equal(0, await run.StopAsync());
    }

    [Fact]
    public async Task PersistentContainer_SecondRunFindsTheFirstRunsContainer()
    {
        string[] find = ["container", "ls", "--quiet", "--no-trunc", "--filter", "name=^keep-"];
        await RunAsync("19-usersecrets");
        var first = await EngineAsync(find);
        await RunAsync("19-usersecrets", "second");
        var second = await EngineAsync(find);
        await EngineAsync(["container", "rm", "--force", "--volumes", .. second]);
        Assert.Single(first);
        Assert.Equal(first, second);
    }

    public void Dispose() => _home.Delete(recursive: true);

    /// <param name="during">Done before the comparison; null: nothing.</param>
    private async Task RunAsync(string name, string recording = "", string[]? unsureHealth = null, Func<GoldenAppHost, GoldenProgram, Task>? during = null)
    {
        Assert.SkipWhen(engine.Missing is not null, engine.Missing ?? string.Empty);
        var program = await programs.GetAsync(name, Cancellation);
        var comparison = new GoldenRunComparison(program, program.Recorded(recording), unsureHealth ?? []);
        await using (var run = GoldenAppHost.Start(program, _home.FullName, engine.Host))
        {
            await (during?.Invoke(run, program) ?? Task.CompletedTask);
            await comparison.AssertSameAsync(run, Cancellation);
            Assert.Equal(0, await run.StopAsync());
        }

        Assert.Empty(await EngineAsync("container", "ls", "--all", "--format", "{{.Names}}", "--filter", "label=com.microsoft.developer.usvc-dev.persistent=false"));
    }

    private Task<string[]> EngineAsync(params string[] arguments) => engine.RunAsync(Cancellation, arguments);

    private async Task<bool> HasBuildxAsync()
    {
        try
        {
            await EngineAsync("buildx", "version");
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
