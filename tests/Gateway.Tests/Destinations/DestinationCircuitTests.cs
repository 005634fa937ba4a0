using Slipway.Gateway.Destinations;
using Slipway.TestKit;
using Yarp.ReverseProxy.Forwarder;

namespace Slipway.Gateway.Tests.Destinations;

public sealed class DestinationCircuitTests
{
    private readonly FakeClock _clock = new();
    private readonly DestinationOptions _options = new() { FailuresInARow = 3, FailureRate = 0.5, FailureWindow = TimeSpan.FromSeconds(10), ReactivationPeriod = TimeSpan.FromSeconds(5) };
    private readonly DestinationCircuit _circuit;

    public DestinationCircuitTests() => _circuit = new DestinationCircuit(_options, _clock);

    [Fact]
    public void Judge_FailuresInARow_OpenItOnce()
    {
        Assert.Equal([false, false, true, false], Judged(true, true, true, true));
        Assert.Equal(CircuitState.Open, _circuit.State);
    }

    [Fact]
    public void Judge_ASuccessBetween_StartsTheRowAnew()
    {
        Judged(true, true, false, true, true);
        Assert.Equal(CircuitState.Closed, _circuit.State);
    }

    [Fact]
    public void Judge_TheShareOfFailures_OpensItWithTenRequestsInTheWindow()
    {
        Judged(false, true, false, true, false, true, false, true, false);
        Assert.Equal(CircuitState.Closed, _circuit.State);
        Assert.Equal([true], Judged(true));
    }

    [Fact]
    public void Judge_FailuresOlderThanTheWindow_CountNoMore()
    {
        Judged(true, false, true, false, true, false, true, false, true);
        _clock.Advance(TimeSpan.FromSeconds(11));
        Judged(false, true, false, true, false, false, false, false, false, true);
        Assert.Equal(CircuitState.Closed, _circuit.State);
    }

    [Fact]
    public void TryBeginTrial_AfterTheWait_LetsOneIn()
    {
        Judged(true, true, true);
        Assert.False(_circuit.TryBeginTrial(isRepeatable: true));

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(_circuit.TryBeginTrial(isRepeatable: false));
        Assert.True(_circuit.TryBeginTrial(isRepeatable: true));
        Assert.False(_circuit.TryBeginTrial(isRepeatable: true));
        Assert.Equal(CircuitState.HalfOpen, _circuit.State);
    }

    [Fact]
    public void TryBeginTrial_WhereOnlyWritesCome_LetsOneInAfterTwiceTheWait()
    {
        Judged(true, true, true);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(_circuit.TryBeginTrial(isRepeatable: false));
    }

    [Fact]
    public void Judge_AFailedTrial_OpensItForAnotherWait()
    {
        Judged(true, true, true);
        _clock.Advance(TimeSpan.FromSeconds(5));
        _circuit.TryBeginTrial(isRepeatable: true);
        _circuit.Judge(failed: true, isTrial: true);

        Assert.Equal(CircuitState.Open, _circuit.State);
        Assert.False(_circuit.TryBeginTrial(isRepeatable: true));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_circuit.TryBeginTrial(isRepeatable: true));
    }

    [Fact]
    public void Judge_AGoodTrial_ClosesItAndALateAnswerDoesNot()
    {
        Judged(true, true, true);
        Judged(false);
        Assert.Equal(CircuitState.Open, _circuit.State);

        _clock.Advance(TimeSpan.FromSeconds(5));
        _circuit.TryBeginTrial(isRepeatable: true);
        _circuit.Judge(failed: false, isTrial: true);

        Assert.Equal(CircuitState.Closed, _circuit.State);
        Assert.Equal([false, false, true], Judged(true, true, true));
    }

    [Fact]
    public void TryBeginTrial_AfterATrialThatNeverEnded_LetsTheNextIn()
    {
        Judged(true, true, true);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_circuit.TryBeginTrial(isRepeatable: true));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_circuit.TryBeginTrial(isRepeatable: true));
    }

    [Theory]
    [InlineData(ForwarderError.Request, true)]
    [InlineData(ForwarderError.RequestTimedOut, true)]
    [InlineData(ForwarderError.ResponseBodyDestination, true)]
    [InlineData(ForwarderError.ResponseBodyClient, null)]
    [InlineData(ForwarderError.RequestBodyClient, null)]
    [InlineData(ForwarderError.RequestCanceled, null)]
    [InlineData(ForwarderError.NoAvailableDestinations, null)]
    public void Failed_OnlyWhatTheDestinationDid_IsHeldAgainstIt(ForwarderError error, bool? failed) => Assert.Equal(failed, DestinationCircuit.Failed(new Told(error)));

    private bool[] Judged(params bool[] failures) => [.. failures.Select(failed => _circuit.Judge(failed, isTrial: false))];

    private sealed record Told(ForwarderError Error) : IForwarderErrorFeature
    {
        public Exception? Exception => null;
    }
}
