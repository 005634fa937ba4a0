namespace Slipway.Api;

internal static class Clock
{
    /// <summary>In whole microseconds, as the database keeps it, so that an answer and a later read agree.</summary>
    public static DateTimeOffset Now(TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
