using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Orchestration;

public class CommandTests
{
    [Fact]
    public async Task StopAndStart_EndTheProcessAndRunANewOneUnderTheSameNameAndAddress()
    {
        var builder = RunningApplication.Builder();
        builder.AddExecutable("one", "/bin/sh", ".", "-c", "echo port=$PORT; exec sleep 600").WithHttpEndpoint(env: "PORT");
        await using var application = RunningApplication.Build(builder);
        await application.StartAsync();
        var before = await application.WaitForStateAsync("one", KnownResourceStates.Running);
        await application.WaitForLogAsync("one", l => l.Content.Contains("port=", StringComparison.Ordinal));

        var stopped = await application.CommandAsync("one", "stop");
        Assert.Equal("Successfully stopped 'one'.", stopped.Message);
        var ended = await application.WaitForStateAsync("one", KnownResourceStates.Finished);
        Assert.Equal(-1, ended.Snapshot.ExitCode);
        Assert.Equal(("Enabled", "Hidden", "Disabled"), States(ended));

        var started = await application.CommandAsync("one", "start");
        Assert.Equal("Successfully started 'one'.", started.Message);
        var after = await application.WaitAsync("one", s => s.State?.Text == KnownResourceStates.Running && Pid(s) != Pid(before.Snapshot));
        Assert.Equal(before.ResourceId, after.ResourceId);
        Assert.Equal(before.Snapshot.Urls.Select(u => u.Url), after.Snapshot.Urls.Select(u => u.Url));
        Assert.Equal(("Hidden", "Enabled", "Enabled"), States(after));
        Assert.Equal(
            ["InitializeResource", "ResourceEndpointsAllocated", "BeforeResourceStarted", "ResourceReady", "ResourceStopped", "BeforeResourceStarted"],
            application.Recorded.EventsOf("one").Take(6));

        // The console goes on with the new process.
        await application.WaitForLogAsync("one", l => l.LineNumber > 3 && l.Content.Contains("port=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_OfAStoppedResource_Succeeds()
    {
        var builder = RunningApplication.Builder();
        builder.AddExecutable("done", "/bin/true", ".");
        await using var application = RunningApplication.Build(builder);
        await application.StartAsync();
        await application.WaitForStateAsync("done", KnownResourceStates.Finished);

        Assert.Equal("Successfully stopped 'done'.", (await application.CommandAsync("done", "stop")).Message);
        Assert.Equal("Command 'nope' not available for resource 'done'.", (await application.CommandAsync("done", "nope")).Message);
        Assert.Equal("Successfully restarted 'done'.", (await application.CommandAsync("done", "restart")).Message);
        Assert.Equal("Resource 'nope' not found.", (await application.CommandAsync("nope", "stop")).Message);
    }

    private static int? Pid(CustomResourceSnapshot snapshot) => (int?)snapshot.Properties.Single(p => p.Name == "executable.pid").Value;

    private static (string Start, string Stop, string Restart) States(ResourceEvent e)
    {
        return (State("start"), State("stop"), State("restart"));

        string State(string name) => e.Snapshot.Commands.Single(c => c.Name == name).State.ToString();
    }
}
