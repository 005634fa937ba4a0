using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Orchestration;

/// <summary>What becomes of a resource that waits, as the official host was seen to decide it.</summary>
public class WaitTests
{
    [Theory]
    [InlineData("plain", "Running")]
    [InlineData("started", "Running")]
    [InlineData("completion-0", "Running")]
    [InlineData("completion-3", "FailedToStart")]
    [InlineData("completion-3-as-3", "Running")]
    [InlineData("completion-missing", "FailedToStart")]
    [InlineData("missing-stop", "FailedToStart")]
    [InlineData("missing-default-without-dashboard", "FailedToStart")]
    public async Task Wait_OnADependency_EndsAsRecorded(string name, string expected)
    {
        var builder = RunningApplication.Builder();
        var waiter = builder.AddExecutable("waiter", "sleep", ".", "600");
        _ = name switch
        {
            "plain" => waiter.WaitFor(builder.AddExecutable("dependency", "sleep", ".", "600")),
            "started" => waiter.WaitForStart(Unhealthy(builder, "dependency")),
            "completion-0" => waiter.WaitForCompletion(builder.AddExecutable("dependency", "/bin/true", ".")),
            "completion-3" => waiter.WaitForCompletion(Exits3(builder)),
            "completion-3-as-3" => waiter.WaitForCompletion(Exits3(builder), exitCode: 3),
            "completion-missing" => waiter.WaitForCompletion(Missing(builder)),
            "missing-stop" => waiter.WaitFor(Missing(builder), WaitBehavior.StopOnResourceUnavailable),
            _ => waiter.WaitFor(Missing(builder)),
        };
        await using var application = RunningApplication.Launch(builder);

        await application.WaitForStateAsync("waiter", expected);

        await TestWait.UntilAsync(() => application.Recorded.StatesOf("waiter").Count > 2, application.Token);
        Assert.Equal("Waiting", application.Recorded.StatesOf("waiter")[2]);
        await application.Starting;
    }

    [Theory]
    [InlineData("missing-wait")]
    [InlineData("dies-after-running")]
    [InlineData("explicit-start")]
    public async Task Wait_ThatCanNotEnd_LastsUntilTheStop(string name)
    {
        var builder = RunningApplication.Builder(waits: WaitBehavior.WaitOnResourceUnavailable);
        var waiter = builder.AddExecutable("waiter", "sleep", ".", "600");
        _ = name switch
        {
            "missing-wait" => waiter.WaitFor(Missing(builder)),
            "dies-after-running" => waiter.WaitFor(Unhealthy(builder, "dependency", "/bin/sh", "-c", "sleep 1; exit 2"), WaitBehavior.StopOnResourceUnavailable),
            _ => waiter.WaitFor(builder.AddExecutable("dependency", "sleep", ".", "600").WithExplicitStart()),
        };
        await using var application = RunningApplication.Launch(builder);
        await application.WaitAsync("dependency", s => name switch
        {
            "missing-wait" => s.State?.Text == KnownResourceStates.FailedToStart,
            "dies-after-running" => s.ExitCode == 2,
            _ => s.State?.Text == KnownResourceStates.NotStarted,
        });
        var waiting = await application.WaitForStateAsync("waiter", KnownResourceStates.Waiting);
        Assert.Equal([application.InstanceOf("dependency")], Assert.IsAssignableFrom<IEnumerable<string>>(waiting.Snapshot.Properties.Single(p => p.Name == "resource.waitingFor").Value));
        Assert.False(application.Starting.IsCompleted);

        await application.StopAsync();
        await application.Starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        Assert.True(application.Notifications.TryGetCurrentState("waiter", out var last));
        Assert.Equal(KnownResourceStates.FailedToStart, last.Snapshot.State?.Text);
    }

    [Fact]
    public async Task StartCommand_OnAWaitingResource_SkipsTheWait()
    {
        var builder = RunningApplication.Builder();
        var manual = builder.AddExecutable("manual", "sleep", ".", "600").WithExplicitStart();
        builder.AddExecutable("waiter", "sleep", ".", "600").WaitFor(manual);
        await using var application = RunningApplication.Launch(builder);
        await application.WaitForStateAsync("waiter", KnownResourceStates.Waiting);

        Assert.True((await application.CommandAsync("waiter", "start")).Success);

        await application.WaitForStateAsync("waiter", KnownResourceStates.Running);
        await application.Starting;
        await application.AssertStatesAsync("waiter", null, "Starting", "Waiting", "Starting", string.Empty, "Running");
    }

    [Fact]
    public async Task WaitsInACircle_FailTheStartAndNameTheCircle()
    {
        var builder = RunningApplication.Builder();
        var a = builder.AddExecutable("a", "sleep", ".", "600");
        var b = builder.AddExecutable("b", "sleep", ".", "600");
        a.WaitFor(b);
        b.WaitFor(a);
        await using var application = RunningApplication.Build(builder);

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(application.StartAsync);

        Assert.Contains("'a' waits for 'b' waits for 'a'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitForResourceHealthy_OfAnUnknownResource_SaysSo()
    {
        var builder = RunningApplication.Builder();
        builder.AddExecutable("a", "sleep", ".", "600");
        await using var application = RunningApplication.Build(builder);
        await application.StartAsync();

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => application.Notifications.WaitForResourceHealthyAsync("nope", application.Token));

        Assert.Equal("Stopped waiting for resource 'nope' to become healthy because it does not exist in the application model.", exception.Message);
        Assert.Equal("a", (await application.Notifications.WaitForResourceHealthyAsync("a", application.Token)).Resource.Name);
    }

    [Fact]
    public async Task WaitForResourceHealthy_OfAFailedResource_EndsWhereItIsAskedTo()
    {
        var builder = RunningApplication.Builder();
        Missing(builder);
        await using var application = RunningApplication.Build(builder);
        await application.StartAsync();

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => application.Notifications.WaitForResourceHealthyAsync("dependency", WaitBehavior.StopOnResourceUnavailable, application.Token));

        Assert.Equal("Stopped waiting for resource 'dependency' to become healthy because it failed to start.", exception.Message);
    }

    private static IResourceBuilder<ExecutableResource> Missing(IDistributedApplicationBuilder builder) => builder.AddExecutable("dependency", "/no/such/binary", ".");

    private static IResourceBuilder<ExecutableResource> Exits3(IDistributedApplicationBuilder builder) => builder.AddExecutable("dependency", "/bin/sh", ".", "-c", "exit 3");

    private static IResourceBuilder<ExecutableResource> Unhealthy(IDistributedApplicationBuilder builder, string name, params string[] command)
    {
        new Switch().AddTo(builder, "never");
        return (command.Length == 0 ? builder.AddExecutable(name, "sleep", ".", "600") : builder.AddExecutable(name, command[0], ".", command[1..])).WithHealthCheck("never");
    }
}
