using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Orchestration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Tests.Orchestration;

public class HealthTests
{
    [Fact]
    public async Task Check_ThatNeverAnswers_HoldsNobodyElseUp()
    {
        var builder = RunningApplication.Builder();
        builder.Services.AddHealthChecks().AddAsyncCheck("hangs", async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return HealthCheckResult.Healthy();
        });
        var quick = new Switch { IsHealthy = true };
        quick.AddTo(builder, "quick");
        builder.AddExecutable("slow", "sleep", ".", "600").WithHealthCheck("hangs");
        builder.AddExecutable("fast", "sleep", ".", "600").WithHealthCheck("quick");
        await using var application = RunningApplication.Build(builder);
        await application.StartAsync();

        await application.WaitAsync("fast", s => s.HealthStatus == HealthStatus.Healthy);

        var slow = await application.WaitForStateAsync("slow", KnownResourceStates.Running);
        Assert.Equal(HealthStatus.Unhealthy, slow.Snapshot.HealthStatus);
    }

    [Fact]
    public async Task Restart_IsWatchedAgainAndReadyAgain()
    {
        var builder = RunningApplication.Builder();
        var health = new Switch { IsHealthy = true };
        health.AddTo(builder, "check");
        builder.AddExecutable("one", "sleep", ".", "600").WithHealthCheck("check");
        await using var application = RunningApplication.Build(builder);
        await application.StartAsync();
        await application.WaitAsync("one", s => s.ResourceReadyEvent is not null);
        health.IsHealthy = false;

        Assert.True((await application.CommandAsync("one", "restart")).Success);

        await application.WaitAsync("one", s => s is { State.Text: "Running", HealthReports: [{ Status: HealthStatus.Unhealthy }], ResourceReadyEvent: null });
        health.IsHealthy = true;
        await application.WaitAsync("one", s => s.HealthStatus == HealthStatus.Healthy && s.ResourceReadyEvent is not null);
        Assert.Equal(2, application.Recorded.EventsOf("one").Count(e => e == "ResourceReady"));
    }

    [Fact]
    public async Task Description_OfAFailedCheck_IsShown()
    {
        var builder = RunningApplication.Builder();
        new Switch().AddTo(builder, "off");
        builder.AddExecutable("one", "sleep", ".", "600").WithHealthCheck("off");
        await using var application = RunningApplication.Build(builder);
        await application.StartAsync();

        var reached = await application.WaitAsync("one", s => s.HealthReports is [{ Status: not null }]);

        Assert.Equal("switched off", reached.Snapshot.HealthReports[0].Description);
        Assert.NotNull(reached.Snapshot.HealthReports[0].LastRunAt);
    }

    [Fact]
    public void Pause_WhileStarting_StaysATenthOfASecondForAWhileAndGrowsToFiveSeconds()
    {
        var session = new MonitoringSession(new ExecutableResource("x", "y", "."), ["k"]);
        var pauses = new List<double>();
        for (var i = 0; i < 40; i++)
        {
            session.Record(Report(HealthStatus.Unhealthy));
            pauses.Add(session.Pause.TotalMilliseconds);
        }

        Assert.All(pauses.Take(20), p => Assert.Equal(100, p));
        Assert.Equal(pauses.Order(), pauses);
        Assert.Equal(5000, pauses[^1]);
    }

    [Fact]
    public void Pause_OnceHealthy_FollowsTheOfficialCadence()
    {
        var session = new MonitoringSession(new ExecutableResource("x", "y", "."), ["k"]);
        session.Record(Report(HealthStatus.Healthy));
        Assert.Equal(30, session.Pause.TotalSeconds);
        var pauses = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            session.Record(Report(HealthStatus.Unhealthy));
            pauses.Add(session.Pause.TotalSeconds);
        }

        Assert.Equal([1, 2, 3, 4, 5, 5], pauses);
    }

    private static HealthReport Report(HealthStatus status) =>
        new(new Dictionary<string, HealthReportEntry> { ["k"] = new(status, null, TimeSpan.Zero, null, null) }, TimeSpan.Zero);
}
