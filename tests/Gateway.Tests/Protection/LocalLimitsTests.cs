using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Protection.Rates;
using Slipway.TestKit;

namespace Slipway.Gateway.Tests.Protection;

public sealed class LocalLimitsTests
{
    private readonly FakeClock _clock = new();

    /// <summary>Whatever the limit and whenever requests come: no stretch of time sees more than what may come at once and what time gives back.</summary>
    [Fact]
    public void Quota_ForAnySequence_LetsNoStretchSeeMoreThanLimitAndBurst()
    {
        var cases = from requests in Gen.Choose(1, 50)
                    from window in Gen.Elements(1, 7, 60, 3600)
                    from burst in Gen.Choose(1, 100)
                    from steps in Gen.ListOf(Gen.Choose(0, 2_000_000 * window / requests), 120)
                    select (Quota: new Quota("q", requests, window, burst / 100.0), Steps: steps.ToArray());
        Prop.ForAll(cases.ToArbitrary(), one => Assert.True(Holds(one.Quota, one.Steps))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Quota_AtItsSteadyRate_LetsEveryRequestThrough()
    {
        var cases = from requests in Gen.Choose(1, 1000)
                    from window in Gen.Elements(1, 60, 3600)
                    from slower in Gen.Choose(0, 1000)
                    select (Quota: new Quota("q", requests, window, 0.01), Slower: slower);
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var clock = new FakeClock();
            var limits = Local(clock);
            for (var i = 0; i < 100; i++)
            {
                Assert.True(limits.Decide(Applied("client", one.Quota)).Allowed);
                clock.Advance(TimeSpan.FromMicroseconds(one.Quota.Interval + one.Slower));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Decision_RefusedByOneQuota_LeavesTheOthersAlone()
    {
        var limits = Local(_clock);
        var (large, small) = (new Quota("large", 100, 60, 1), new Quota("small", 3, 60, 1));

        var decisions = Enumerable.Range(0, 10).Select(_ => limits.Decide(Applied("client", large, small))).ToList();

        Assert.Equal([true, true, true, false, false, false, false, false, false, false], decisions.Select(d => d.Allowed));
        Assert.Equal(97, large.Remaining(decisions[^1].Debts[0]));
        Assert.Equal(TimeSpan.FromSeconds(20), TimeSpan.FromMicroseconds(small.Wait(decisions[^1].Debts[1])));
    }

    [Fact]
    public void Client_AfterTheWaitThatHeWasTold_IsLetThrough()
    {
        var limits = Local(_clock);
        var quota = new Quota("q", 60, 60, 1);
        while (limits.Decide(Applied("client", quota)).Allowed)
        {
        }

        var wait = TimeSpan.FromMicroseconds(quota.Wait(limits.Decide(Applied("client", quota)).Debts[0]));
        _clock.Advance(wait - TimeSpan.FromMicroseconds(1));
        Assert.False(limits.Decide(Applied("client", quota)).Allowed);
        _clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.True(limits.Decide(Applied("client", quota)).Allowed);
        Assert.True(limits.Decide(Applied("another", quota)).Allowed);
    }

    [Fact]
    public void Table_WhenFull_ForgetsWhoUsedLeastAndKeepsWhoIsAtHisLimit()
    {
        var limits = Local(_clock, maxEntries: 100);
        var quota = new Quota("q", 60, 60, 1);
        while (limits.Decide(Applied("greedy", quota)).Allowed)
        {
        }

        for (var i = 0; i < 5000; i++)
            Assert.True(limits.Decide(Applied($"stranger-{i}", quota)).Allowed);

        Assert.Equal(100, limits.Count);
        Assert.False(limits.Decide(Applied("greedy", quota)).Allowed);
    }

    [Theory]
    [InlineData(60, 60, 0, 60, 60)]
    [InlineData(60, 60, 1, 59, 59)]
    [InlineData(60, 60, 60, 0, 1)]
    [InlineData(1000, 3600, 1, 999, 3597)]
    [InlineData(1000, 3600, 1000, 0, 4)]
    [InlineData(1, 3600, 1, 0, 3600)]
    public void Headers_NeverSuggestMoreThanTheLimitsOwnRate(int requests, int window, int used, int remaining, int seconds)
    {
        var quota = new Quota("q", requests, window, 1);
        var debt = used * quota.Interval;
        Assert.Equal((remaining, seconds), (quota.Remaining(debt), quota.EffectiveWindowSeconds(debt)));
    }

    private bool Holds(Quota quota, int[] steps)
    {
        var limits = Local(_clock);
        var passed = new List<long>();
        var now = 0L;
        foreach (var step in steps)
        {
            _clock.Advance(TimeSpan.FromMicroseconds(step));
            now += step;
            if (limits.Decide(Applied("client", quota)).Allowed)
                passed.Add(now);
        }

        for (var first = 0; first < passed.Count; first++)
        {
            for (var last = first; last < passed.Count; last++)
            {
                if (last - first + 1 > quota.Burst + (passed[last] - passed[first]) / quota.Interval)
                    return false;
            }
        }

        return passed.Count > 0;
    }

    private static LocalLimits Local(FakeClock clock, int maxEntries = 20_000)
    {
        var options = new GatewayOptions();
        options.Limits.Local.MaxEntries = maxEntries;
        return new LocalLimits(Options.Create(options), clock);
    }

    private static AppliedLimits Applied(string client, params Quota[] quotas) => new(new LimitSet(quotas, [], together: false), client);
}
