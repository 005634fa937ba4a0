using Slipway.Api.Cache;
using Slipway.TestKit;

namespace Slipway.Api.Tests.Cache;

public sealed class CacheCircuitTests
{
    private readonly FakeClock _clock = new();
    private readonly CacheCircuit _circuit;

    public CacheCircuitTests() => _circuit = new CacheCircuit(TimeSpan.FromSeconds(5), _clock);

    [Fact]
    public void TryEnter_WhileItWorks_LetsAllIn() => Assert.All(Enumerable.Range(0, 3), _ => Assert.True(_circuit.TryEnter()));

    [Fact]
    public void TryEnter_AfterAFailure_LetsOneInEachTimeTheWaitHasPassed()
    {
        Assert.True(_circuit.Fail());
        Assert.False(_circuit.TryEnter());

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_circuit.TryEnter());
        Assert.False(_circuit.TryEnter());

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_circuit.TryEnter());
        Assert.False(_circuit.Fail());
        Assert.False(_circuit.TryEnter());
    }

    [Fact]
    public void Succeed_AfterAFailure_LetsAllInAgain()
    {
        _circuit.Fail();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_circuit.TryEnter());

        Assert.True(_circuit.Succeed());
        Assert.False(_circuit.Succeed());
        Assert.True(_circuit.TryEnter());
        Assert.True(_circuit.TryEnter());
    }
}
