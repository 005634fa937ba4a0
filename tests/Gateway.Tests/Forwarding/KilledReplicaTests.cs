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

        var killed = stream.Now();
        await doomed.KillAsync();
        await Wait.Until(isGone, "no connection leads to the killed replica");
        var gone = stream.Now();
        await stream.UntilAnswered(600);
        await stream.Stop();

        var ledger = stream.Ledger;
        Assert.Equal(stream.Begun, ledger.Count);
        Assert.Equal(["doomed", "survivor"], ledger.Where(r => r.Ended < killed).Select(r => r.ServedBy).Distinct().Order());
        Assert.DoesNotContain(ledger, r => r.Method == HttpMethod.Get && r.Failed);
        Assert.All(ledger.Where(r => r.Failed), failed =>
        {
            Assert.True(failed.Began < gone && failed.Ended > killed, $"{failed} was not in flight on the killed replica");
            Assert.Contains("urn:slipway:problem:gateway:broken", failed.Body);
        });
        Assert.True(gateway.Retries > 0, "Nothing was in flight on the killed replica: the run proves nothing.");
        Assert.Equal(["survivor"], ledger.Where(r => r.Began > gone).Select(r => r.ServedBy).Distinct());
    }
}
