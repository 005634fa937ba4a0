using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Gateway.Tests.Backend;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Forwarding;

public sealed class ClientFactsTests
{
    private const string Claimed = "203.0.113.7";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhatAStrangerClaimsAboutTheClientIsReplacedByWhatTheGatewaySees()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);
        var headers = await HeadersAtBackend(gateway,
            ("X-Forwarded-For", Claimed), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "bank.example"), ("X-Forwarded-Prefix", "/admin"),
            ("Forwarded", $"for={Claimed};proto=https"), ("X-Real-IP", Claimed), ("X-Original-For", Claimed), ("X-Forwarded-Port", "443"));

        Assert.Equal("127.0.0.1", headers["X-Forwarded-For"]);
        Assert.Equal("http", headers["X-Forwarded-Proto"]);
        Assert.Equal(gateway.Address.Authority, headers["X-Forwarded-Host"]);
        Assert.Equal($"for=127.0.0.1;host=\"{gateway.Address.Authority}\";proto=http", headers["Forwarded"]);
        Assert.DoesNotContain(headers, header => header.Value.Contains(Claimed) || header.Value.Contains("bank.example"));
        Assert.DoesNotContain(headers.Keys, name => name is "X-Forwarded-Prefix" or "X-Real-IP" or "X-Original-For" or "X-Forwarded-Port");
    }

    [Fact]
    public async Task ATrustedProxyIsBelieved()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:ForwardedHeaders:TrustedProxies:0", "127.0.0.0/8"));
        var headers = await HeadersAtBackend(gateway,
            ("X-Forwarded-For", Claimed), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "shop.example"));

        Assert.Equal(Claimed, headers["X-Forwarded-For"]);
        Assert.Equal("https", headers["X-Forwarded-Proto"]);
        Assert.Equal("shop.example", headers["X-Forwarded-Host"]);
        Assert.DoesNotContain(headers.Keys, name => name.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task AClaimBeyondTheFirstStrangerInTheChainCountsForNothing()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:ForwardedHeaders:TrustedProxies:0", "127.0.0.1"));
        var headers = await HeadersAtBackend(gateway, ("X-Forwarded-For", $"{Claimed}, 198.51.100.9"));
        Assert.Equal("198.51.100.9", headers["X-Forwarded-For"]);
    }

    [Fact]
    public async Task AProxyThatIsNotOnTheListIsAStranger()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:ForwardedHeaders:TrustedProxies:0", "10.0.0.0/8"));
        var headers = await HeadersAtBackend(gateway, ("X-Forwarded-For", Claimed));
        Assert.Equal("127.0.0.1", headers["X-Forwarded-For"]);
    }

    [Theory]
    [InlineData("not-an-address", "127.0.0.1")]
    [InlineData("203.0.113.7, not-an-address", "127.0.0.1")]
    [InlineData("203.0.113.7, 198.51.100.9:4711", "198.51.100.9")]
    [InlineData("[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData("203.0.113.7,,198.51.100.9", "198.51.100.9")]
    [InlineData("127.0.0.1, 127.0.0.1", "127.0.0.1")]
    [InlineData("", "127.0.0.1")]
    public async Task AStrangeChainFromATrustedProxyIsTakenNoFurtherThanItsLastAddress(string chain, string client)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:ForwardedHeaders:TrustedProxies:0", "127.0.0.1"));
        var headers = await HeadersAtBackend(gateway, ("X-Forwarded-For", chain));
        Assert.Equal(client, headers["X-Forwarded-For"].Trim('[', ']'));
    }

    [Theory]
    [InlineData("X-Forwarded-Proto", "javascript")]
    [InlineData("X-Forwarded-Proto", "https, http")]
    [InlineData("X-Forwarded-Host", "evil.example/path")]
    [InlineData("X-Forwarded-Host", "evil.example\"")]
    public async Task WhatATrustedProxySaysIsCheckedForItsForm(string name, string value)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:ForwardedHeaders:TrustedProxies:0", "127.0.0.1"));
        var headers = await HeadersAtBackend(gateway, ("X-Forwarded-For", Claimed), (name, value));
        Assert.Contains(headers["X-Forwarded-Proto"], new[] { "http", "https" });
        Assert.Equal(gateway.Address.Authority, headers["X-Forwarded-Host"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TheHostOfTheRequestGoesOnUnlessTurnedOff(bool keep)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:ForwardedHeaders:KeepHost", keep.ToString()));
        var headers = await HeadersAtBackend(gateway);
        Assert.Equal(keep ? gateway.Address.Authority : backend.Address.Authority, headers["Host"]);
    }

    [Fact]
    public async Task TheTraceOfTheClientGoesOnWithASpanOfTheGateway()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);
        const string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        const string parent = "00f067aa0ba902b7";
        var headers = await HeadersAtBackend(gateway, ("traceparent", $"00-{trace}-{parent}-01"));
        Assert.StartsWith($"00-{trace}-", headers["traceparent"]);
        Assert.DoesNotContain(parent, headers["traceparent"]);
    }

    [Fact]
    public async Task TheCorrelationIdIsTheSameAtTheClientAndAtTheBackend()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);
        using var response = await gateway.Client.GetAsync("/applications/echo", Cancellation);
        var echoed = await response.Content.ReadFromJsonAsync<EchoedRequest>(JsonSerializerOptions.Web, Cancellation);

        var id = Assert.Single(response.Headers.GetValues("X-Correlation-ID"));
        Assert.Equal(id, echoed!.Headers["X-Correlation-ID"]);
        Assert.Equal("quote-me", (await HeadersAtBackend(gateway, ("X-Correlation-ID", "quote-me")))["X-Correlation-ID"]);
    }

    private static async Task<Dictionary<string, string>> HeadersAtBackend(RunningGateway gateway, params (string Name, string Value)[] headers)
    {
        // A client that is not traced itself, so that only what the test sends counts.
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = gateway.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/applications/echo");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await client.SendAsync(request, Cancellation);
        response.EnsureSuccessStatusCode();
        var echoed = await response.Content.ReadFromJsonAsync<EchoedRequest>(JsonSerializerOptions.Web, Cancellation);
        return new Dictionary<string, string>(echoed!.Headers, StringComparer.OrdinalIgnoreCase);
    }
}
