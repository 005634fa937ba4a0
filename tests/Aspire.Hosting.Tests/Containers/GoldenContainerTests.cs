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
    private static readonly TimeSpan s_askEvery = TimeSpan.FromMilliseconds(250);

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

    /// <summary>The commands of the recording that change how a container stands at its end; it ignores the signal and is killed after ten seconds.</summary>
    [Fact]
    public Task Commands_StoppedContainer_AsRecorded() => RunAsync("18-commands", during: async run =>
    {
        await run.CommandAsync(await InstanceAsync(run, "manual", "NotStarted"), "Executable", "start", Cancellation);
        await run.CommandAsync(await InstanceAsync(run, "box", "Running"), "Container", "stop", Cancellation);
    });

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
    private async Task RunAsync(string name, string recording = "", string[]? unsureHealth = null, Func<GoldenAppHost, Task>? during = null)
    {
        Assert.SkipWhen(engine.Missing is not null, engine.Missing ?? string.Empty);
        var program = await programs.GetAsync(name, Cancellation);
        var comparison = new GoldenRunComparison(program, program.Recorded(recording), unsureHealth ?? []) { IsWhole = during is null };
        await using (var run = GoldenAppHost.Start(program, _home.FullName, engine.Host))
        {
            await (during?.Invoke(run) ?? Task.CompletedTask);
            await comparison.AssertSameAsync(run, Cancellation);
            Assert.Equal(0, await run.StopAsync());
        }

        Assert.Empty(await EngineAsync("container", "ls", "--all", "--format", "{{.Names}}", "--filter", "label=com.microsoft.developer.usvc-dev.persistent=false"));
    }

    private static async Task<string> InstanceAsync(GoldenAppHost run, string resource, string state)
    {
        while (true)
        {
            if (run.Messages.LastOrDefault(m => (string?)m["display_name"] == resource) is { } last && (string?)last["state"] == state)
            {
                return (string)last["name"]!;
            }

            await Task.Delay(s_askEvery, TimeProvider.System, Cancellation);
        }
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
