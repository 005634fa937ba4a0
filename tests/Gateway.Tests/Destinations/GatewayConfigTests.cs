using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Gateway.Destinations;
using Slipway.Gateway.Tests.Harness;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;

namespace Slipway.Gateway.Tests.Destinations;

public sealed class GatewayConfigTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheDestinationsFollowTheConfiguration()
    {
        await using var first = await LocalBackend.Start("first");
        await using var second = await LocalBackend.Start("second");
        await using var gateway = await RunningGateway.Start([first.Address]);
        Assert.Equal("first", await ServedBy(gateway));

        gateway.Configure("services:api:http:0", second.Address.OriginalString);
        await Wait.Until(async () => await ServedBy(gateway) == "second", "the second backend to serve");

        gateway.Configure("services:api:http:0", null);
        await Wait.Until(async () => await ServedBy(gateway) is null, "nobody to serve");
    }

    [Fact]
    public async Task AnAddressInErrorLeavesTheDestinationsInForce()
    {
        await using var first = await LocalBackend.Start("first");
        await using var second = await LocalBackend.Start("second");
        await using var gateway = await RunningGateway.Start([first.Address]);
        var lookup = gateway.Services.GetRequiredService<IProxyStateLookup>();

        gateway.Configure("services:api:http:0", "not an address");
        // Announced after the bad one on the same path, so its arrival shows that the bad one has been dealt with.
        gateway.Configure("Unrelated", "1");
        Assert.True(lookup.TryGetCluster(ApiCluster.Id, out var cluster));
        Assert.Equal(first.Address.Authority, Assert.Single(cluster.DestinationsState.AllDestinations).DestinationId);
        Assert.Equal("first", await ServedBy(gateway));

        gateway.Configure("services:api:http:0", second.Address.OriginalString);
        await Wait.Until(async () => await ServedBy(gateway) == "second", "the second backend to serve");
    }

    [Fact]
    public async Task ADestinationThatFailsItsProbesIsLeftOutUntilItRecovers()
    {
        await using var well = await LocalBackend.Start("well");
        await using var ill = await LocalBackend.Start("ill");
        await using var gateway = await RunningGateway.Start([well.Address, ill.Address], ("Gateway:Destinations:ProbeInterval", "00:00:00.100"));
        ill.State.Healthy = false;
        await Wait.Until(async () => (await ServedByMany(gateway)).SetEquals(["well"]), "only the healthy destination to serve");
        ill.State.Healthy = true;
        await Wait.Until(async () => (await ServedByMany(gateway)).Contains("ill"), "the recovered destination to serve");
    }

    [Fact]
    public async Task TheOnlyDestinationServesEvenWhenItsProbesFailAndTheGatewayIsDegraded()
    {
        await using var backend = await LocalBackend.Start("ill");
        await using var gateway = await RunningGateway.Start(
            [backend.Address], ("Gateway:Destinations:ProbeInterval", "00:00:00.100"), ("Health:CacheFor", "00:00:00"));
        await Wait.Until(async () => await Health(gateway) == "Healthy", "the Gateway to be healthy");
        backend.State.Healthy = false;
        await Wait.Until(async () => await Health(gateway) == "Degraded", "the Gateway to be degraded");
        Assert.Equal("ill", await ServedBy(gateway));
    }

    [Fact]
    public async Task AGatewayWithoutDestinationsIsAliveAndDegraded()
    {
        await using var gateway = await RunningGateway.Start([]);
        Assert.Equal("Degraded", await Health(gateway));
        using var alive = await gateway.Client.GetAsync("/alive", Cancellation);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    [Fact]
    public async Task HashCookieAffinityIsRefused()
    {
        var cluster = new ClusterConfig { ClusterId = "api", SessionAffinity = new() { Enabled = true, Policy = "HashCookie", AffinityKeyName = "k" } };
        var filter = new AffinityPolicies();
        await Assert.ThrowsAsync<ArgumentException>(() => filter.ConfigureClusterAsync(cluster, Cancellation).AsTask());
        var cookie = cluster with { SessionAffinity = cluster.SessionAffinity with { Policy = "Cookie" } };
        Assert.Same(cookie, await filter.ConfigureClusterAsync(cookie, Cancellation));
    }

    [Fact]
    public async Task OneAddressThatFansOutIsUsedToItsFullWidthByASingleClient()
    {
        await using var a = await LocalBackend.Start("a");
        await using var b = await LocalBackend.Start("b");
        await using var fanOut = new FanOut(OnDeadBackend.TryNext, a.Address, b.Address);
        await using var gateway = await RunningGateway.Start([fanOut.Address]);
        var served = new List<string?>();
        for (var i = 0; i < 32; i++)
            served.Add(await ServedBy(gateway));
        Assert.InRange(served.Count(name => name == "a"), 8, 24);
        Assert.InRange(served.Count(name => name == "b"), 8, 24);
    }

    /// <returns>Null when no backend answered.</returns>
    private static async Task<string?> ServedBy(RunningGateway gateway)
    {
        using var response = await gateway.Client.GetAsync("/applications/work", Cancellation);
        return response.Headers.TryGetValues("X-Served-By", out var names) ? names.Single() : null;
    }

    private static async Task<HashSet<string?>> ServedByMany(RunningGateway gateway)
    {
        var names = new HashSet<string?>();
        for (var i = 0; i < 12; i++)
            names.Add(await ServedBy(gateway));
        return names;
    }

    private static async Task<string?> Health(RunningGateway gateway)
    {
        using var response = await gateway.Client.GetAsync("/health", Cancellation);
        return (await response.Content.ReadFromJsonAsync<JsonObject>(Cancellation))?["status"]?.GetValue<string>();
    }
}
