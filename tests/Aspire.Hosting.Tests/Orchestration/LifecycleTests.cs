using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Orchestration;

public class LifecycleTests
{
    [Fact]
    public async Task Start_OfAnApplication_RaisesItsEventsInTheOfficialOrder()
    {
        var builder = RunningApplication.Builder();
        var first = builder.AddExecutable("first", "sleep", ".", "600").WithHttpEndpoint(env: "PORT");
        builder.AddExecutable("second", "sleep", ".", "600").WaitFor(first);
        await using var application = RunningApplication.Build(builder);

        await application.StartAsync();
        await application.WaitAsync("second", s => s.ResourceReadyEvent is not null);

        var recorded = application.Recorded;
        Assert.Equal(["InitializeResource", "ResourceEndpointsAllocated", "BeforeResourceStarted", "ResourceReady"], recorded.EventsOf("first"));
        Assert.Equal(["InitializeResource", "ResourceEndpointsAllocated", "BeforeResourceStarted", "ResourceReady"], recorded.EventsOf("second"));
        Assert.Equal((string.Empty, "BeforeStart"), recorded.Events[0]);
        Assert.Equal(["first", "second"], recorded.Events.Where(e => e.Event == "InitializeResource").Select(e => e.Resource));
        var order = recorded.Events.ToList();
        Assert.True(order.IndexOf(("first", "ResourceReady")) < order.IndexOf((string.Empty, "AfterResourcesCreated")));
        await application.AssertStatesAsync("first", null, "Starting", string.Empty, "Running");
        await application.AssertStatesAsync("second", null, "Starting", "Waiting", string.Empty, "Running");
    }

    [Fact]
    public async Task Stop_OfAnApplication_EndsEveryProcess()
    {
        var builder = RunningApplication.Builder();
        builder.AddExecutable("one", "sleep", ".", "600");
        var application = RunningApplication.Build(builder);
        await application.StartAsync();
        var running = await application.WaitForStateAsync("one", KnownResourceStates.Running);
        var pid = Assert.IsType<int>(running.Snapshot.Properties.Single(p => p.Name == "executable.pid").Value);
        Assert.True(Directory.Exists($"/proc/{pid}"));

        await application.DisposeAsync();

        Assert.False(Directory.Exists($"/proc/{pid}"));
    }

    [Fact]
    public async Task Instance_Running_ShowsItsCommandArgumentsAndAddress()
    {
        var builder = RunningApplication.Builder();
        var secret = builder.AddParameter("secret", "s3cret", secret: true);
        builder.AddExecutable("one", "sleep", ".", "600").WithArgs(c => c.Args.Clear()).WithArgs("600").WithEnvironment("OWN", "value").WithHttpEndpoint(env: "PORT");
        builder.AddExecutable("two", "/bin/sh", ".", "-c", "exec sleep 600").WithArgs(secret);
        await using var application = RunningApplication.Build(builder);

        await application.StartAsync();
        var one = await application.WaitAsync("one", s => s.State?.Text == KnownResourceStates.Running && s.Urls.All(u => !u.IsInactive));
        var two = await application.WaitForStateAsync("two", KnownResourceStates.Running);

        Assert.Matches("^one-[a-z]{8}$", one.ResourceId);
        Assert.Equal("sleep", Property(one, "executable.path"));
        Assert.Equal(["600"], Assert.IsAssignableFrom<IEnumerable<string>>(Property(one, "executable.args")));
        Assert.Contains(one.Snapshot.EnvironmentVariables, v => v is { Name: "OWN", Value: "value", IsFromSpec: true });
        Assert.Contains(one.Snapshot.EnvironmentVariables, v => v is { Name: "PATH", IsFromSpec: false });
        var url = Assert.Single(one.Snapshot.Urls);
        Assert.Matches("^http://localhost:[0-9]+$", url.Url);
        Assert.Equal([0, 0, 1], Assert.IsAssignableFrom<IEnumerable<int>>(Property(two, "resource.appArgsSensitivity")));
        Assert.True(two.Snapshot.Properties.Single(p => p.Name == "resource.appArgs").IsSensitive);

        static object? Property(ResourceEvent e, string name) => e.Snapshot.Properties.Single(p => p.Name == name).Value;
    }

    [Fact]
    public async Task ExplicitStart_IsCreatedOnlyOnRequest()
    {
        var builder = RunningApplication.Builder();
        builder.AddExecutable("manual", "sleep", ".", "600").WithExplicitStart();
        await using var application = RunningApplication.Build(builder);

        await application.StartAsync();

        await application.AssertStatesAsync("manual", null, "NotStarted");
        Assert.Equal(["InitializeResource", "ResourceEndpointsAllocated"], application.Recorded.EventsOf("manual"));
        var result = await application.CommandAsync("manual", "start");
        Assert.Equal("Successfully started 'manual'.", result.Message);
        await application.WaitForStateAsync("manual", KnownResourceStates.Running);
    }

    [Fact]
    public async Task BracesInAUsersValue_ArriveAsTheyAre()
    {
        const string value = "{{ .Name }} {{- portForServing \"nobody\" -}} {{ broken";
        var builder = RunningApplication.Builder();
        builder.AddExecutable("echo", "/bin/sh", ".", "-c", "echo \"=$X=\"; echo \"=$1=\"; exec sleep 600", "sh", "{{ .Name }}").WithEnvironment("X", "{{ .Name }} {{ broken }} {{{x}}}");
        await using var application = RunningApplication.Build(builder);
        await application.StartAsync();

        await application.WaitForLogAsync("echo", l => l.Content.EndsWith("={{ .Name }} {{ broken }} {{{x}}}=", StringComparison.Ordinal));
        await application.WaitForLogAsync("echo", l => l.Content.EndsWith("={{ .Name }}=", StringComparison.Ordinal));
        Assert.Equal("{{ \"{{\" }} .Name }} {{- portForServing \"nobody\" -}} {{ \"{{\" }} broken", Hosting.Orchestration.DcpTemplates.Escape(value));
    }

    [Fact]
    public async Task FailingCallback_FailsTheResourceAndSaysWhyOnTheConsole()
    {
        var builder = RunningApplication.Builder();
        builder.AddExecutable("broken", "sleep", ".", "600").WithEnvironment(_ => throw new InvalidOperationException("boom from callback"));
        builder.AddExecutable("fine", "sleep", ".", "600");
        await using var application = RunningApplication.Build(builder);

        await application.StartAsync();

        await application.AssertStatesAsync("broken", null, "Starting", "FailedToStart");
        var line = await application.WaitForLogAsync("broken", l => l.Content.Contains("Failed to create resource broken", StringComparison.Ordinal));
        Assert.True(line.IsErrorMessage);
        Assert.Contains("boom from callback", line.Content, StringComparison.Ordinal);
        Assert.Contains(application.Recorded.Console, l => l.Contains("'broken' was not started: boom from callback", StringComparison.Ordinal));
        await application.WaitForStateAsync("fine", KnownResourceStates.Running);
    }

    [Fact]
    public async Task MissingProgram_FailsToStartAndRepeatsTheReasonOnTheConsole()
    {
        var builder = RunningApplication.Builder();
        builder.AddExecutable("missing", "/no/such/binary", ".");
        await using var application = RunningApplication.Build(builder);
        await application.StartAsync();

        await application.WaitForStateAsync("missing", KnownResourceStates.FailedToStart);

        Assert.Equal("[sys] Starting process...: Cmd = /no/such/binary, Args = []", (await application.WaitForLogAsync("missing", l => l.Content.Contains("[sys]", StringComparison.Ordinal))).Content.Split(' ', 2)[1]);
        await TestWait.UntilAsync(() => application.Recorded.Console.Any(l => l.Contains("'missing' failed to start", StringComparison.Ordinal) && l.Contains("no such file or directory", StringComparison.Ordinal)), application.Token);
        Assert.Contains("ResourceStopped", application.Recorded.EventsOf("missing"));
    }

    [Fact]
    public async Task UnexpectedExitCode_IsSaidOnTheConsoleWithTheLastOutput()
    {
        var builder = RunningApplication.Builder();
        builder.AddExecutable("dies", "/bin/sh", ".", "-c", "echo last words; exit 3");
        var expected = builder.AddExecutable("expected", "/bin/sh", ".", "-c", "exit 4");
        builder.AddExecutable("after", "sleep", ".", "600").WaitForCompletion(expected, exitCode: 4);
        await using var application = RunningApplication.Build(builder);
        await application.StartAsync();

        await TestWait.UntilAsync(() => application.Recorded.Console.Any(l => l.Contains("'dies' ended with exit code 3", StringComparison.Ordinal) && l.Contains("last words", StringComparison.Ordinal)), application.Token);
        Assert.DoesNotContain(application.Recorded.Console, l => l.Contains("'expected' ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ResourceLogging_WritesOutputIntoTheLogOfTheAppHost()
    {
        var builder = RunningApplication.Builder(logging: true);
        builder.AddExecutable("talks", "/bin/sh", ".", "-c", "echo to-out; echo to-err >&2; exec sleep 600");
        await using var application = RunningApplication.Build(builder);
        await application.StartAsync();

        await TestWait.UntilAsync(() => Said("Information", "to-out") && Said("Error", "to-err"), application.Token);

        bool Said(string level, string text) => application.Recorded.Console.Any(l =>
            l.StartsWith(level, StringComparison.Ordinal) && l.Contains(".Resources.talks:", StringComparison.Ordinal) && l.EndsWith(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task UnhealthyResource_HoldsItsWaiterBackUntilItIsHealthy()
    {
        var builder = RunningApplication.Builder();
        var health = new Switch();
        health.AddTo(builder, "server_check");
        var server = builder.AddExecutable("server", "sleep", ".", "600").WithHealthCheck("server_check");
        builder.AddExecutable("user", "sleep", ".", "600").WaitFor(server);
        await using var application = RunningApplication.Launch(builder);
        await application.WaitAsync("server", s => s.HealthReports is [{ Status: Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy }]);
        Assert.DoesNotContain("ResourceReady", application.Recorded.EventsOf("server"));

        health.IsHealthy = true;
        await application.Starting;

        Assert.Single(application.Recorded.EventsOf("server"), "ResourceReady");
    }
}
