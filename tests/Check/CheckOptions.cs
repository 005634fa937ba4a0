namespace Slipway.Check;

/// <param name="Resources">Wait for these only, and for what they wait for; empty: all, and the main job is done.</param>
/// <param name="AppHostArguments">Passed on to the AppHost.</param>
/// <param name="Deadline">For start, health and the main job together.</param>
internal sealed record CheckOptions(IReadOnlyList<string> Resources, IReadOnlyList<string> AppHostArguments, TimeSpan Deadline)
{
    private static readonly TimeSpan s_defaultDeadline = TimeSpan.FromMinutes(2);

    public static CheckOptions Parse(string[] args)
    {
        var separator = Array.IndexOf(args, "--");
        var (resources, rest) = separator < 0 ? (args, []) : (args[..separator], args[(separator + 1)..]);
        var seconds = Environment.GetEnvironmentVariable("SLIPWAY_CHECK_SECONDS");
        return new CheckOptions(resources, rest, int.TryParse(seconds, out var s) && s > 0 ? TimeSpan.FromSeconds(s) : s_defaultDeadline);
    }
}
