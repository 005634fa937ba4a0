using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Protection.Clients;
using Slipway.Gateway.Tests.Backend;
using Slipway.Gateway.Tests.Harness;
using Slipway.TestKit;

namespace Slipway.Gateway.Tests.Protection;

/// <summary>On whom a request counts, and who says so.</summary>
public sealed class KnownClientsTests
{
    private const string Key = "abc123.secret";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AClientCountsOnItselfOnceTheApiHasNamedIt()
    {
        await using var backend = await LocalBackend.Start();
        backend.State.Keys[Key] = "key:abc123";
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Limits:Address:PerHour", "1"), ("Gateway:Limits:Client:PerHour", "3"));

        // The first one is not known yet and uses up the address; the following ones are the client's own.
        Assert.Equal("address-hour", await LimitAsync(gateway, Key));
        for (var i = 0; i < 3; i++)
            Assert.Equal("client-hour", await LimitAsync(gateway, Key));
        Assert.Equal("429 client-hour", await LimitAsync(gateway, Key));
        Assert.Equal("429 address-hour", await LimitAsync(gateway, null));
        Assert.Equal("429 address-hour", await LimitAsync(gateway, "invented"));
    }

    [Fact]
    public async Task InventedKeysCountOnTheAddress()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Limits:Address:PerHour", "5"));
        for (var i = 0; i < 5; i++)
            Assert.Equal("401 address-hour", await LimitAsync(gateway, $"invented-{i}"));
        Assert.Equal("429 address-hour", await LimitAsync(gateway, "invented-6"));
    }

    [Fact]
    public async Task ARevokedKeyIsForgottenWithItsFirst401()
    {
        await using var backend = await LocalBackend.Start();
        backend.State.Keys[Key] = "key:abc123";
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Limits:Address:PerHour", "100"));
        await LimitAsync(gateway, Key);
        Assert.Equal("client-hour", await LimitAsync(gateway, Key));

        backend.State.Keys.Clear();
        Assert.Equal("401 client-hour", await LimitAsync(gateway, Key));
        Assert.Equal("401 address-hour", await LimitAsync(gateway, Key));
    }

    [Fact]
    public async Task ANamedClientHasItsOwnRates()
    {
        await using var backend = await LocalBackend.Start();
        backend.State.Keys[Key] = "jwt:alice@example.org";
        await using var gateway = await RunningGateway.Start(
            [backend.Address],
            ("Gateway:Limits:Clients:0:Name", "jwt:alice@example.org"), ("Gateway:Limits:Clients:0:PerHour", "2"),
            ("Gateway:Limits:Clients:1:Name", "address:127.0.0.1"), ("Gateway:Limits:Clients:1:PerHour", "1"));
        Assert.Equal("address-hour", await LimitAsync(gateway, Key));
        Assert.Equal("429 address-hour", await LimitAsync(gateway, null));
        Assert.Equal("client-hour", await LimitAsync(gateway, Key));
        Assert.Equal("client-hour", await LimitAsync(gateway, Key));
        Assert.Equal("429 client-hour", await LimitAsync(gateway, Key));
    }

    [Fact]
    public async Task WhatServicesTellEachOtherComesNeitherInNorOut()
    {
        await using var backend = await LocalBackend.Start();
        backend.State.Keys[Key] = "key:abc123";
        await using var gateway = await RunningGateway.Start([backend.Address]);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/applications/echo");
        request.Headers.Add("X-Slipway-Client", "key:admin");
        request.Headers.Add("x-slipway-anything", "1");
        request.Headers.Add("X-Slipway-Actor", "alice");

        using var response = await gateway.Client.SendAsync(request, Cancellation);
        var arrived = (await response.Content.ReadFromJsonAsync<EchoedRequest>(Cancellation))!.Headers;

        Assert.Equal(["X-Slipway-Actor"], arrived.Keys.Where(name => name.StartsWith("X-Slipway-", StringComparison.OrdinalIgnoreCase)));
        using var named = new HttpRequestMessage(HttpMethod.Get, "/applications/who");
        named.Headers.Add("X-Api-Key", Key);
        using var answer = await gateway.Client.SendAsync(named, Cancellation);
        Assert.Equal("key:abc123", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.False(answer.Headers.Contains("X-Slipway-Client"));
    }

    [Fact]
    public void Table_IsBoundedAndForgetsWithTime()
    {
        var clock = new FakeClock();
        var options = new GatewayOptions();
        options.Limits.KnownClients.MaxEntries = 100;
        var known = new KnownClients(Options.Create(options), clock);
        var first = Hash("first");
        known.Learn(first, "key:first");
        clock.Advance(options.Limits.KnownClients.RememberFor / 2);
        known.Learn(first, "key:first");
        clock.Advance(options.Limits.KnownClients.RememberFor / 2);
        Assert.Equal("key:first", known.Find(first));
        clock.Advance(options.Limits.KnownClients.RememberFor / 2);
        Assert.Null(known.Find(first));

        for (var i = 0; i < 1000; i++)
            known.Learn(Hash($"{i}"), $"key:{i}");
        Assert.InRange(known.Count, 1, 100);
        Assert.Equal("key:999", known.Find(Hash("999")));
    }

    [Theory]
    [InlineData("192.0.2.1", "address:192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "address:192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2::1", "address:2001:db8:1:2::/64")]
    [InlineData("fe80::1%3", "address:fe80::/64")]
    public void Address_OfIpv6_CountsByItsNetwork(string address, string name)
    {
        Assert.Equal(name, ClientNames.OfAddress(IPAddress.Parse(address)));
        Assert.Equal(name, ClientNames.Canonical($"address:{address}"));
    }

    private static CredentialHash Hash(string key) => KnownClients.HashOf(new HeaderDictionary { ["X-Api-Key"] = key })!.Value;

    /// <returns>The scarcest limit of the answer, with its status unless it is 200.</returns>
    private static async Task<string> LimitAsync(RunningGateway gateway, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/applications/who");
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        using var response = await gateway.Client.SendAsync(request, Cancellation);
        var policies = string.Join(", ", response.Headers.GetValues("RateLimit-Policy"));
        var limit = policies.Contains("client-hour", StringComparison.Ordinal) ? "client-hour" : "address-hour";
        return response.StatusCode == HttpStatusCode.OK ? limit : $"{(int)response.StatusCode} {limit}";
    }
}
