using System.Net;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Edge;

public sealed class CorsTests
{
    private const string Console = "https://console.example";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task APreflightOfAListedOriginIsAnsweredAtTheGateway()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await Start(backend);
        using var answer = await Preflight(gateway, Console, "PUT");
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(Console, Value(answer, "Access-Control-Allow-Origin"));
        Assert.Contains("PUT", Value(answer, "Access-Control-Allow-Methods"));
        Assert.Contains("X-Api-Key", Value(answer, "Access-Control-Allow-Headers"));
        Assert.Equal("600", Value(answer, "Access-Control-Max-Age"));
        Assert.Null(Value(answer, "Access-Control-Allow-Credentials"));
        Assert.Contains("Origin", Value(answer, "Vary"));
        Assert.Empty(backend.State.Runs);
    }

    [Theory]
    [InlineData("https://evil.example", "GET")]
    [InlineData("https://console.example.evil.example", "GET")]
    [InlineData("http://console.example", "GET")]
    [InlineData("https://console.example:8443", "GET")]
    [InlineData("null", "GET")]
    [InlineData(Console, "TRACE")]
    public async Task AnyOtherPreflightIsRefusedAndReachesNobody(string origin, string method)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await Start(backend);
        using var answer = await Preflight(gateway, origin, method);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("urn:slipway:problem:gateway:origin-not-allowed", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(backend.State.Runs);
    }

    [Theory]
    [InlineData(Console, Console)]
    [InlineData("https://evil.example", null)]
    [InlineData(null, null)]
    public async Task WhatTheDestinationAllowsDoesNotCount(string? origin, string? allowed)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await Start(backend, ("Gateway:Cors:AllowCredentials", "true"));
        using var request = new HttpRequestMessage(
            HttpMethod.Get, "/applications/answer/x?header=Access-Control-Allow-Origin:*&header=Access-Control-Allow-Credentials:true&header=Vary:Accept");
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        using var answer = await gateway.Client().SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(allowed, Value(answer, "Access-Control-Allow-Origin"));
        Assert.Equal(allowed is null ? null : "true", Value(answer, "Access-Control-Allow-Credentials"));
        Assert.Equal(["Accept", "Origin"], answer.Headers.GetValues("Vary").SelectMany(vary => vary.Split(", ")));
    }

    [Fact]
    public async Task TheMethodsCanBeNarrowed()
    {
        await using var gateway = await EdgeGateway.Start([], settings: [("Gateway:Cors:Origins:0", Console), ("Gateway:Cors:Methods:0", "GET")]);
        using var get = await Preflight(gateway, Console, "GET");
        Assert.Equal("GET", Value(get, "Access-Control-Allow-Methods"));
        using var put = await Preflight(gateway, Console, "PUT");
        Assert.Equal(HttpStatusCode.Forbidden, put.StatusCode);
    }

    [Fact]
    public async Task APageOfAListedOriginCanReadAProblem()
    {
        await using var gateway = await EdgeGateway.Start([], settings: [("Gateway:Cors:Origins:0", Console)]);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/applications") { Headers = { { "Origin", Console } } };
        using var answer = await gateway.Client().SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(Console, Value(answer, "Access-Control-Allow-Origin"));
        Assert.Contains("Retry-After", Value(answer, "Access-Control-Expose-Headers"));
    }

    [Fact]
    public async Task WithoutAListNobodyIsAllowed()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        using var preflight = await Preflight(gateway, Console, "GET");
        Assert.Equal(HttpStatusCode.Forbidden, preflight.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/applications/answer/x?header=Access-Control-Allow-Origin:*") { Headers = { { "Origin", Console } } };
        using var answer = await gateway.Client().SendAsync(request, Cancellation);
        Assert.Null(Value(answer, "Access-Control-Allow-Origin"));
    }

    private static Task<EdgeGateway> Start(LocalBackend backend, params (string Key, string Value)[] settings) =>
        EdgeGateway.Start([backend.Address], settings: [("Gateway:Cors:Origins:0", Console), .. settings]);

    private static async Task<HttpResponseMessage> Preflight(EdgeGateway gateway, string origin, string method)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/applications/answer/x");
        request.Headers.TryAddWithoutValidation("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", "x-api-key");
        return await gateway.Client().SendAsync(request, Cancellation);
    }

    private static string? Value(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
