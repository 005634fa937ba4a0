using System.Net;
using System.Net.Http.Headers;
using Slipway.ServiceDefaults.Resilience;

namespace Slipway.ServiceDefaults.Tests.Resilience;

public sealed class RetryRulesTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void RetryAfter_InSecondsOrAsADate_IsThePause()
    {
        using var seconds = new HttpResponseMessage { Headers = { RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(7)) } };
        using var date = new HttpResponseMessage { Headers = { RetryAfter = new RetryConditionHeaderValue(_clock.GetUtcNow().AddSeconds(3)) } };
        using var past = new HttpResponseMessage { Headers = { RetryAfter = new RetryConditionHeaderValue(_clock.GetUtcNow().AddSeconds(-3)) } };
        using var silent = new HttpResponseMessage();

        Assert.Equal(TimeSpan.FromSeconds(7), RetryRules.RetryAfter(seconds, _clock));
        Assert.Equal(TimeSpan.FromSeconds(3), RetryRules.RetryAfter(date, _clock));
        Assert.Equal(TimeSpan.Zero, RetryRules.RetryAfter(past, _clock));
        Assert.Null(RetryRules.RetryAfter(silent, _clock));
    }

    [Fact]
    public void IsFailure_OfTooManyRequests_IsFalseThoughItIsTransient()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        Assert.True(RetryRules.IsTransient(response, null));
        Assert.False(RetryRules.IsFailure(response, null));
    }
}
