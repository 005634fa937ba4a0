using Slipway.TestKit;

namespace Slipway.Api.Tests;

public sealed class CircuitTests
{
    private readonly FakeClock _clock = new();
    private readonly Circuit _circuit;

    public CircuitTests() => _circuit = new Circuit(TimeSpan.FromSeconds(5), _clock);

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
    public void Fail_WithSeveralInARow_OpensWithTheLastOfThem()
    {
        var circuit = new Circuit(TimeSpan.FromSeconds(5), _clock, failures: 3);
        Assert.Equal((false, false), (circuit.Fail(), circuit.Fail()));
        Assert.False(circuit.Succeed());

        Assert.Equal((false, false), (circuit.Fail(), circuit.Fail()));
        Assert.True(circuit.TryEnter());
        Assert.True(circuit.Fail());
        Assert.False(circuit.TryEnter());

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(circuit.TryEnter());
        Assert.False(circuit.Fail());
        Assert.False(circuit.TryEnter());
        Assert.True(circuit.Succeed());
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
