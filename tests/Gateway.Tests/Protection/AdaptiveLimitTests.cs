using Slipway.Gateway.Protection.Load;
using Slipway.TestKit;

namespace Slipway.Gateway.Tests.Protection;

/// <summary>Against a model of services that do a fixed amount of work at a time: what comes beyond waits for them.</summary>
public sealed class AdaptiveLimitTests
{
    private static readonly TimeSpan s_quick = TimeSpan.FromMilliseconds(5);

    private readonly FakeClock _clock = new();
    private readonly LoadOptions _options = new() { Initial = 200, Min = 10, Max = 400 };

    [Fact]
    public void Limit_WhenServicesFallBehind_FallsToWhatTheyCanDoAndRisesAfterwards()
    {
        var limit = new AdaptiveLimit(_options, _clock);
        Drive(limit, _ => s_quick, rounds: 50, underWay: 50);
        Assert.Equal(200, limit.Current);

        // Twenty at a time are answered in 5 ms; each one more makes all wait longer.
        Drive(limit, underWay => s_quick * Math.Max(1, underWay / 2.0), rounds: 400);
        Assert.InRange(limit.Current, _options.Min, 40);
        var low = limit.Current;

        Drive(limit, _ => s_quick, rounds: 4000);
        Assert.True(limit.Current > 4 * low, $"{limit.Current} after {low}");
    }

    [Fact]
    public void Limit_WhenFewRequestsAreSlow_Stays()
    {
        var limit = new AdaptiveLimit(_options, _clock);
        Drive(limit, _ => s_quick, rounds: 50, underWay: 20);
        Drive(limit, _ => TimeSpan.FromSeconds(1), rounds: 200, underWay: 20);
        Assert.Equal(200, limit.Current);
    }

    [Fact]
    public void Limit_WhenItIsNotUsed_DoesNotRise()
    {
        var limit = new AdaptiveLimit(_options, _clock);
        Drive(limit, _ => s_quick, rounds: 1000, underWay: 100);
        Assert.Equal(200, limit.Current);
    }

    [Fact]
    public void Limit_StaysWithinItsBounds()
    {
        var limit = new AdaptiveLimit(_options, _clock);
        Drive(limit, _ => s_quick, rounds: 2000);
        Assert.Equal(400, limit.Current);
        Drive(limit, _ => TimeSpan.FromSeconds(10), rounds: 2000);
        Assert.Equal(10, limit.Current);
    }

    /// <summary>In each round as many requests as may be under way, answered together.</summary>
    private void Drive(AdaptiveLimit limit, Func<int, TimeSpan> time, int rounds, int? underWay = null)
    {
        for (var round = 0; round < rounds; round++)
        {
            var count = underWay ?? (int)limit.Current;
            var began = _clock.GetTimestamp();
            _clock.Advance(time(count));
            for (var i = 0; i < count; i++)
                limit.Answered(began, count - i);
        }
    }
}
