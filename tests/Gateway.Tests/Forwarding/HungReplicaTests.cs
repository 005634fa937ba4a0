using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Gateway.Destinations;
using Slipway.Gateway.Tests.Harness;
using Yarp.ReverseProxy;

namespace Slipway.Gateway.Tests.Forwarding;

/// <summary>SIGSTOP to one of two replicas: its connections stay open, new ones are accepted, and nothing is answered.</summary>
public sealed class HungReplicaTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("00:00:00.050")]
    public async Task ReadsGoOnWhenOneOfTwoAddressesHangsAndItIsUsedAgainWhenItAnswers(string hedgeDelay)
    {
        await using var hung = await BackendProcess.Start("hung");
        await using var other = await BackendProcess.Start("other");
        await using var gateway = await RunningGateway.Start(
            [hung.Address, other.Address], ("Gateway:Retries:HedgeDelay", hedgeDelay), ("Gateway:Retries:AttemptTimeout", "00:00:00.300"),
            ("Gateway:Destinations:ReactivationPeriod", "00:00:00.300"));
        await using var stream = new RequestStream(gateway.Client, gets: 12, posts: 0);
        await UntilBothAnswer(stream);

        await hung.Pause();
        await Wait.Until(() => State(gateway, hung) != CircuitState.Closed, "the circuit of the hung one to open");
        var open = stream.Now();
        await stream.UntilAnswered(300);
        Assert.Equal(["other"], stream.Ledger.Where(r => r.Began > open).Select(r => r.ServedBy).Distinct());
        Assert.NotEqual(CircuitState.Closed, State(gateway, hung));

        await hung.Resume();
        await Wait.Until(() => State(gateway, hung) == CircuitState.Closed, "the circuit to close");
        var closed = stream.Now();
        await Wait.Until(() => stream.Ledger.Any(r => r.Began > closed && r.ServedBy == "hung"), "it to be used again");
        await stream.Stop();

        Assert.Equal(stream.Begun, stream.Ledger.Count);
        Assert.DoesNotContain(stream.Ledger, r => r.Failed);
    }

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("00:00:00.050")]
    public async Task ReadsGoOnWhenOneOfTwoBehindOneAddressHangs(string hedgeDelay)
    {
        await using var hung = await BackendProcess.Start("hung");
        await using var other = await BackendProcess.Start("other");
        await using var fanOut = new FanOut(OnDeadBackend.TryNext, hung.Address, other.Address);
        await using var gateway = await RunningGateway.Start(
            [fanOut.Address], ("Gateway:Retries:HedgeDelay", hedgeDelay), ("Gateway:Retries:AttemptTimeout", "00:00:00.200"),
            ("Gateway:Connections:ConnectTimeout", "00:00:00.500"));
        await using var stream = new RequestStream(gateway.Client, gets: 12, posts: 0);
        await UntilBothAnswer(stream);

        await hung.Pause();
        var paused = stream.Now();
        await stream.UntilAnswered(400);
        Assert.Contains("other", stream.Ledger.Where(r => r.Began > paused).Select(r => r.ServedBy));
        await hung.Resume();
        await UntilBothAnswer(stream);
        await stream.Stop();

        Assert.DoesNotContain(stream.Ledger, r => r.Failed);
    }

    [Fact]
    public async Task ALateReadIsAnsweredByTheOtherWhileTheFirstAttemptGoesOn()
    {
        await using var late = await LocalBackend.Start("late");
        await using var quick = await LocalBackend.Start("quick");
        // Nothing but the second attempt can answer: the first has a minute.
        await using var gateway = await RunningGateway.Start(
            [late.Address, quick.Address], ("Gateway:Retries:HedgeDelay", "00:00:00.050"), ("Gateway:Retries:AttemptTimeout", "00:01:00"));
        for (var i = 0; i < 12; i++)
        {
            using var response = await gateway.Client.GetAsync($"/applications/hang/{i}?on=late", Cancellation);
            Assert.Equal((HttpStatusCode.OK, "quick"), (response.StatusCode, Assert.Single(response.Headers.GetValues("X-Served-By"))));
        }

        Assert.NotEmpty(late.State.Runs);
        Assert.All(late.State.Runs, run => Assert.Equal(1, run.Value));
        Assert.Equal(0, gateway.Retries);
    }

    [Fact]
    public async Task AWriteOnTheHungReplicaIsNeverSentElsewhere()
    {
        await using var hung = await LocalBackend.Start("hung");
        await using var other = await LocalBackend.Start("other");
        await using var gateway = await RunningGateway.Start(
            [hung.Address, other.Address], ("Gateway:Retries:HedgeDelay", "00:00:00.020"), ("Gateway:Retries:AttemptTimeout", "00:00:00.050"),
            ("Gateway:Requests:ActivityTimeout", "00:00:01"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            gateway.Client.PostAsync($"/applications/hang/{i}?on=hung", new StringContent("body"), Cancellation)));

        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.GatewayTimeout);
        foreach (var (answer, i) in answers.Select((answer, i) => (answer, i)))
        {
            Assert.Equal(1, hung.State.Runs.GetValueOrDefault($"{i}") + other.State.Runs.GetValueOrDefault($"{i}"));
            answer.Dispose();
        }
    }

    [Fact]
    public async Task AServiceThatIsSilentAltogetherIs504AfterTheLastAttempt()
    {
        await using var backend = await LocalBackend.Start("late");
        await using var gateway = await RunningGateway.Start(
            [backend.Address], ("Gateway:Retries:HedgeDelay", "00:00:00"), ("Gateway:Retries:AttemptTimeout", "00:00:00.050"),
            ("Gateway:Retries:MaxAttempts", "3"), ("Gateway:Requests:ActivityTimeout", "00:00:01"));
        using var response = await gateway.Client.GetAsync("/applications/hang/1?on=late", Cancellation);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Contains("urn:slipway:problem:gateway:timeout", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal((3, 2), (backend.State.Runs["1"], gateway.Retries));
    }

    [Fact]
    public async Task AHungDestinationTakesNoMoreRequestsThanItMay()
    {
        await using var hung = await LocalBackend.Start("hung");
        await using var gateway = await RunningGateway.Start([hung.Address], ("Gateway:Destinations:MaxConcurrentRequests", "2"));
        var stuck = Enumerable.Range(0, 2).Select(i => gateway.Client.PostAsync($"/applications/hang/{i}?on=hung", null, Cancellation)).ToArray();
        await Wait.Until(() => hung.State.Runs.Count == 2, "two requests to be under way");

        using var refused = await gateway.Client.PostAsync("/applications/hang/3?on=hung", new StringContent("body"), Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("urn:slipway:problem:gateway:busy", await refused.Content.ReadAsStringAsync(Cancellation));
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(2, hung.State.Runs.Count);
        await using var other = await LocalBackend.Start("other");
        gateway.Configure("services:api:http:1", other.Address.OriginalString);
        await Wait.Until(async () => (await Post(gateway)).StatusCode == HttpStatusCode.OK, "the new destination to take what the full one can't");
        Assert.All(stuck, request => Assert.False(request.IsCompleted));
    }

    private static async Task<HttpResponseMessage> Post(RunningGateway gateway) =>
        await gateway.Client.PostAsync("/applications/hang/4?on=hung", new StringContent("body"), Cancellation);

    private static Task UntilBothAnswer(RequestStream stream)
    {
        var now = stream.Now();
        return Wait.Until(() => stream.Ledger.Where(r => r.Began > now && !r.Failed).Select(r => r.ServedBy).Distinct().Count() == 2, "both replicas to answer");
    }

    private static CircuitState State(RunningGateway gateway, BackendProcess backend)
    {
        var circuits = gateway.Services.GetRequiredService<DestinationCircuits>();
        var destinations = gateway.Services.GetRequiredService<IProxyStateLookup>().GetClusters().Single().DestinationsState.AllDestinations;
        return circuits.Of(destinations.Single(destination => destination.DestinationId == backend.Address.Authority)).State;
    }
}
