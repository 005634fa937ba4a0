using Slipway.Benchmarks.Whole;

namespace Slipway.Benchmarks.Faults;

/// <summary>Something that breaks for real, and its repair.</summary>
/// <param name="Name">In the table.</param>
/// <param name="BreakAsync">Breaks it.</param>
/// <param name="RepairAsync">Repairs it.</param>
internal sealed record Fault(string Name, Func<WholeApplication, Task> BreakAsync, Func<WholeApplication, CancellationToken, Task> RepairAsync)
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("none", _ => Task.CompletedTask, (_, _) => Task.CompletedTask),
        new("Redis killed and back", whole => whole.Redis.KillAsync(), (whole, _) => whole.Redis.StartAsync()),
        new("Redis paused", whole => Now(whole.Redis.Pause), (whole, _) => Now(whole.Redis.Resume)),
        new("PostgreSQL killed and back", whole => whole.Postgres.CrashAsync(), (whole, _) => whole.Postgres.RestartAsync()),
        new("PostgreSQL paused", whole => Now(whole.Postgres.PauseAll), (whole, _) => Now(whole.Postgres.ResumeAll)),
        new("one Api paused", whole => Now(whole.Apis[0].Pause), (whole, _) => Now(whole.Apis[0].Resume)),
        new("one Api killed and back", whole => whole.Apis[0].EndAsync("KILL"), (whole, cancellation) => whole.Apis[0].StartAsync(cancellation)),
        new("Gateway restarted by SIGTERM", RestartAsync, (_, _) => Task.CompletedTask),
    ];

    private static async Task RestartAsync(WholeApplication whole)
    {
        await whole.Gateway.EndAsync("TERM");
        await whole.Gateway.StartAsync(CancellationToken.None);
    }

    private static Task Now(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
