using System.Net;
using System.Net.Http.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Slipway.TestKit.Containers;

namespace Slipway.AppHost.Tests;

/// <summary>PostgreSQL and Redis in containers: the application does its job, keeps its data, and leaves nothing behind.</summary>
public sealed class ContainerTests(ContainerEngine engine) : IClassFixture<ContainerEngine>
{
    private const string Containers = "--AppHost:Servers=containers";

    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(2);

    /// <summary>An engine gives Redis, which runs below a shell, ten seconds to ignore the signal.</summary>
    private static readonly TimeSpan s_goneLimit = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MainJobIsDoneAndTheVolumeKeepsTheData()
    {
        Assert.SkipWhen(engine.Missing is not null, engine.Missing ?? string.Empty);
        using var data = new DataFolder();
        var volumes = $"slipway-test-{Guid.CreateVersion7():N}";
        var before = await LeftAsync();
        try
        {
            await using (var first = await StartAsync(data, volumes))
            {
                var running = await EngineAsync("container", "ls", "--format", "{{.Image}}", "--filter", $"volume={volumes}-postgres");
                Assert.Contains("postgres:", Assert.Single(running), StringComparison.Ordinal);
                using var client = first.CreateHttpClient("gateway", "http");
                client.DefaultRequestHeaders.Add("X-Api-Key", DataFolder.ApiKey);
                using var registered = await client.PostAsJsonAsync("/applications", new { name = "kept", description = "In a volume." }, Cancellation);
                Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
                using var recorded = await client.PostAsJsonAsync("/applications/kept/releases", SampleRelease.Body("1.0.0"), Cancellation);
                Assert.Equal(HttpStatusCode.Created, recorded.StatusCode);
            }

            Assert.Equal(before, await LeftAsync());
            await using (var second = await StartAsync(data, volumes))
            {
                using var client = second.CreateHttpClient("gateway", "http");
                client.DefaultRequestHeaders.Add("X-Api-Key", DataFolder.ApiKey);
                using var read = await client.GetAsync("/applications/kept/releases/1.0.0", Cancellation);
                Assert.Equal(HttpStatusCode.OK, read.StatusCode);
            }

            Assert.Equal(before, await LeftAsync());
        }
        finally
        {
            await EngineAsync("volume", "rm", "--force", $"{volumes}-postgres", $"{volumes}-cache");
        }
    }

    [Theory]
    [InlineData(15)]
    [InlineData(9)]
    public async Task NothingIsLeftAfterASignalToTheAppHost(int signal)
    {
        Assert.SkipWhen(engine.Missing is not null, engine.Missing ?? string.Empty);
        Assert.SkipUnless(engine.IsPrivate, "The AppHost as a process names its own volumes: in this machine's engine they are the developer's.");
        using var data = new DataFolder();
        var before = await LeftAsync();
        await using (var appHost = AppHostProcess.Start([.. data.AppHostArguments, Containers], ("DOCKER_HOST", engine.Host)))
        {
            await appHost.WaitUntilReadyAsync(Cancellation);
            Assert.Equal(2, (await EngineAsync("container", "ls", "--quiet")).Length);
            appHost.Send(signal);
            await appHost.WaitForExitAsync(Cancellation);
            Assert.Empty(await appHost.Started.WaitUntilGoneAsync(s_goneLimit, Cancellation));
        }

        Assert.Equal(before, await LeftAsync());
        await EngineAsync(["volume", "rm", .. await EngineAsync("volume", "ls", "--quiet")]);
    }

    [Fact]
    public async Task AutoTakesContainersWhereTheEngineHasTheImages()
    {
        Assert.SkipWhen(engine.Missing is not null, engine.Missing ?? string.Empty);
        using var use = engine.Use();
        Assert.All(await ServersAsync(), s => Assert.IsType<ContainerResource>(s, exactMatch: false));
    }

    [Fact]
    public async Task AutoTakesLocalServersWhereTheEngineLacksAnImage()
    {
        using var lacking = new FakeProgram("engine", "[ \"$1\" = version ]");
        Assert.All(await ServersAsync($"--DcpPublisher:ContainerRuntime={lacking.File}"), s => Assert.IsType<ExecutableResource>(s, exactMatch: false));
    }

    private static async Task<IResource[]> ServersAsync(params string[] arguments)
    {
        using var data = new DataFolder();
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [.. data.AppHostArguments, "--AppHost:Servers=auto", .. arguments],
            Cancellation);
        return [.. new[] { "postgres", "cache" }.Select(name => builder.Resources.Single(r => r.Name == name))];
    }

    private async Task<DistributedApplication> StartAsync(DataFolder data, string volumes)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(s_startLimit);
        using var use = engine.Use();

        // The application ends with its builder, so the builder is left to it.
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>([.. data.AppHostArguments, Containers], limit.Token);
        foreach (var resource in builder.Resources.OfType<ContainerResource>())
        {
            var mount = resource.Annotations.OfType<ContainerMountAnnotation>().Single(m => m.Type == ContainerMountType.Volume);
            resource.Annotations.Remove(mount);
            resource.Annotations.Add(new ContainerMountAnnotation($"{volumes}-{resource.Name}", mount.Target, mount.Type, mount.IsReadOnly));
        }

        var application = await builder.BuildAsync(limit.Token);
        await application.StartAsync(limit.Token);
        foreach (var resource in new[] { "postgres", "opsdb", "cache", "api", "gateway" })
        {
            await application.ResourceNotifications.WaitForResourceHealthyAsync(resource, limit.Token);
        }

        return application;
    }

    /// <summary>What the engine holds beside images and volumes.</summary>
    private async Task<string[]> LeftAsync() =>
        [.. await EngineAsync("container", "ls", "--all", "--format", "{{.Names}}"), .. await EngineAsync("network", "ls", "--format", "{{.Name}}")];

    private Task<string[]> EngineAsync(params string[] arguments) => engine.RunAsync(Cancellation, arguments);
}
