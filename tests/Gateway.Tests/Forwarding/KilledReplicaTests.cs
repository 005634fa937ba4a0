using System.Net;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Forwarding;

/// <summary>SIGKILL to one of two replicas under a stream of requests, in each way in which two replicas can be addressed.</summary>
public sealed class KilledReplicaTests
{
    [Fact]
    public async Task KillingOneOfTwoAddressesFailsNoGetAndAtMostThePostsInFlight()
    {
        await using var doomed = await BackendProcess.Start("doomed");
        await using var survivor = await BackendProcess.Start("survivor");
        await Run([doomed.Address, survivor.Address], doomed, () => true);
    }

    [Theory]
    [InlineData(OnDeadBackend.TryNext)]
    [InlineData(OnDeadBackend.Close)]
    internal async Task KillingOneOfTwoBehindOneAddressFailsNoGetAndAtMostThePostsInFlight(OnDeadBackend onDead)
    {
        await using var doomed = await BackendProcess.Start("doomed");
        await using var survivor = await BackendProcess.Start("survivor");
        await using var fanOut = new FanOut(onDead, doomed.Address, survivor.Address);
        await Run([fanOut.Address], doomed, () => fanOut.OpenTo(doomed.Address) == 0);
    }

    private static async Task Run(IReadOnlyList<Uri> addresses, BackendProcess doomed, Func<bool> isGone)
    {
        await using var gateway = await RunningGateway.Start(addresses);
        await using var stream = new RequestStream(gateway.Client, gets: 10, posts: 6);
        await stream.UntilAnswered(300);
        await Wait.Until(
            () => stream.Ledger.Where(r => !r.Failed).Select(r => r.ServedBy).Distinct().Count() == 2, "both replicas to have answered");

        var stuck = await SendUntilStuck(gateway, doomed);
        var killed = stream.Now();
        await doomed.KillAsync();
        await Wait.Until(isGone, "no connection leads to the killed replica");
        var gone = stream.Now();
        await stream.UntilAnswered(600);
        await stream.Stop();

        var ledger = stream.Ledger;
        Assert.Equal(stream.Begun, ledger.Count);
        Assert.DoesNotContain(ledger, r => r.Method == HttpMethod.Get && r.Failed);
        Assert.All(ledger.Where(r => r.Failed), failed =>
        {
            Assert.True(failed.Began < gone && failed.Ended > killed, $"{failed} was not in flight on the killed replica");
            Assert.Contains("urn:slipway:problem:gateway:broken", failed.Body);
        });
        Assert.Equal(["survivor"], ledger.Where(r => r.Began > gone).Select(r => r.ServedBy).Distinct());

        using var rescued = await stuck;
        Assert.Equal(HttpStatusCode.OK, rescued.StatusCode);
        Assert.Equal("survivor", Assert.Single(rescued.Headers.GetValues("X-Served-By")));
        Assert.True(gateway.Retries > 0);
    }

    /// <summary>Sends requests that never end at the doomed replica until it has one of them: that one is in flight when it is killed.</summary>
    private static async Task<Task<HttpResponseMessage>> SendUntilStuck(RunningGateway gateway, BackendProcess doomed)
    {
        using var direct = new HttpClient { BaseAddress = doomed.Address };
        for (var i = 0; ; i++)
        {
            var request = gateway.Client.GetAsync($"/applications/hang/{i}?on=doomed", TestContext.Current.CancellationToken);
            await Wait.Until(
                async () => request.IsCompleted || await direct.GetStringAsync($"/applications/runs/{i}", TestContext.Current.CancellationToken) == "1",
                "a replica to take the request");
            if (!request.IsCompleted)
                return request;
            (await request).Dispose();
        }
    }
}
