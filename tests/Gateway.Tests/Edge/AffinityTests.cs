using System.Net;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Edge;

public sealed class AffinityTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ABrowserStaysWithItsDestinationAlsoAtAnotherGateway()
    {
        await using var a = await LocalBackend.Start("a");
        await using var b = await LocalBackend.Start("b");
        await using var gateway = await EdgeGateway.Start([a.Address, b.Address], settings: [("Gateway:Affinity:Enabled", "true")]);
        await using var other = await EdgeGateway.Start([b.Address, a.Address], settings: [("Gateway:Affinity:Enabled", "true")]);
        var (servedBy, cookie) = await Ask(gateway, null);
        Assert.NotNull(cookie);
        var attributes = cookie.Split("; ");
        Assert.All(["httponly", "secure", "samesite=lax", "path=/"], attribute => Assert.Contains(attribute, attributes));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal((servedBy, null), await Ask(gateway, attributes[0]));
            Assert.Equal((servedBy, null), await Ask(other, attributes[0]));
        }
    }

    [Fact]
    public async Task WhenTheDestinationDiesAnotherOneServesAndTheCookieFollows()
    {
        await using var a = await BackendProcess.Start("a");
        await using var b = await BackendProcess.Start("b");
        await using var gateway = await EdgeGateway.Start([a.Address, b.Address], settings: [("Gateway:Affinity:Enabled", "true")]);
        var (servedBy, cookie) = await Ask(gateway, null);

        await (servedBy == "a" ? a : b).KillAsync();

        var (successor, followed) = await Ask(gateway, cookie!.Split("; ")[0]);
        Assert.NotEqual(servedBy, successor);
        Assert.NotNull(followed);
        Assert.Equal((successor, null), await Ask(gateway, followed.Split("; ")[0]));
    }

    [Theory]
    [InlineData("slipway-destination=forged")]
    [InlineData("slipway-destination=")]
    public async Task AForgedCookieChoosesNothingAndHarmsNobody(string forged)
    {
        await using var a = await LocalBackend.Start("a");
        await using var gateway = await EdgeGateway.Start([a.Address], settings: [("Gateway:Affinity:Enabled", "true")]);
        var (servedBy, cookie) = await Ask(gateway, forged);
        Assert.Equal("a", servedBy);
        Assert.NotNull(cookie);
    }

    [Fact]
    public async Task ItIsOffByDefault()
    {
        await using var a = await LocalBackend.Start("a");
        await using var gateway = await EdgeGateway.Start([a.Address]);
        Assert.Equal(("a", null), await Ask(gateway, null));
    }

    private static async Task<(string ServedBy, string? Cookie)> Ask(EdgeGateway gateway, string? cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/applications/echo");
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        using var answer = await gateway.Client().SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (answer.Headers.GetValues("X-Served-By").Single(), answer.Headers.TryGetValues("Set-Cookie", out var set) ? set.Single() : null);
    }
}
