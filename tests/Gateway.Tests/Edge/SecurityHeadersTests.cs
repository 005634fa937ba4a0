using System.Net;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Edge;

public sealed class SecurityHeadersTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("/docs/index.html", 200, 130)]
    [InlineData("/", 200, 130)]
    [InlineData("/nowhere", 404, 130)]
    [InlineData("/applications/answer/x", 200, 130)]
    [InlineData("/applications/answer/x?status=500", 500, 130)]
    [InlineData("/applications/answer/x?header=Set-Cookie:sid%3D1%3B%20Secure%3B%20HttpOnly%3B%20SameSite%3DLax", 200, 135)]
    public async Task EveryAnswerScoresAPlusByTheObservatorysRules(string path, int status, int score)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await Start(backend);
        using var answer = await gateway.Client(_certificates.Root).GetAsync($"https://a.example:{gateway.Https.Port}{path}", Cancellation);
        using var overHttp = await gateway.Client().GetAsync($"http://a.example:{gateway.Http.Port}{path}", Cancellation);
        Assert.Equal(status, (int)answer.StatusCode);

        var observatory = new Observatory(answer, await answer.Content.ReadAsStringAsync(Cancellation), overHttp);

        Assert.DoesNotContain(observatory.Verdicts, verdict => verdict.Modifier < 0);
        Assert.Equal(("A+", score), (observatory.Grade, observatory.Score));
    }

    [Fact]
    public async Task WithoutTheGatewaysHeadersTheSameAnswerFails()
    {
        await using var backend = await LocalBackend.Start();
        using var bare = await new HttpClient { BaseAddress = backend.Address }.GetAsync("/applications/answer/x", Cancellation);
        var observatory = new Observatory(bare, "", bare);
        Assert.Equal("F", observatory.Grade);
        Assert.Equal(5, observatory.Verdicts.Count(verdict => verdict.Modifier < 0));
    }

    [Fact]
    public async Task WhatADestinationSetItselfStaysAndWhatItSaysOfItselfGoes()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await Start(backend);
        using var answer = await gateway.Client(_certificates.Root).GetAsync(
            "/applications/answer/x?header=Content-Security-Policy:sandbox&header=Referrer-Policy:same-origin&header=Server:Apache&header=X-Powered-By:PHP", Cancellation);
        Assert.Equal("sandbox", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.False(answer.Headers.Contains("Server") || answer.Headers.Contains("X-Powered-By"));
    }

    [Theory]
    [InlineData("Production", true, "max-age=31536000")]
    [InlineData("Production", false, null)]
    [InlineData("Development", true, null)]
    public async Task HstsIsToldOverHttpsOutsideDevelopmentOnly(string environment, bool https, string? expected)
    {
        await using var gateway = await EdgeGateway.Start(
            [], [_certificates.Write("a", _certificates.Make("a.example"))], [("Gateway:Https:Redirect", "false")], environment);
        using var answer = await gateway.Client(https ? _certificates.Root : null).GetAsync("/", Cancellation);
        Assert.Equal(expected, answer.Headers.TryGetValues("Strict-Transport-Security", out var values) ? values.Single() : null);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task HttpIsSentToHttpsWithPathAndQuery(string method)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await Start(backend);
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://a.example:{gateway.Http.Port}/applications/a%20b?x=1&y=%2F");
        using var answer = await gateway.Client().SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.PermanentRedirect, answer.StatusCode);
        Assert.Equal($"https://a.example:{gateway.Https.Port}/applications/a%20b?x=1&y=%2F", answer.Headers.Location?.OriginalString);
        Assert.Empty(backend.State.Runs);
    }

    [Theory]
    [InlineData("443", "https://a.example/")]
    [InlineData("8443", "https://a.example:8443/")]
    public async Task ThePortOfTheRedirectCanBeSet(string port, string location)
    {
        await using var gateway = await EdgeGateway.Start(
            [], [_certificates.Write("a", _certificates.Make("a.example"))], [("Gateway:Https:Port", port)]);
        using var answer = await gateway.Client().GetAsync($"http://a.example:{gateway.Http.Port}/", Cancellation);
        Assert.Equal(location, answer.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/readiness")]
    [InlineData("/alive")]
    public async Task ProbesComeOverHttpAndByAnyName(string path)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await Start(backend, ("Gateway:Hosts:0", "a.example"));
        using var answer = await gateway.Client().GetAsync(path, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("https", HttpStatusCode.OK)]
    [InlineData("http", HttpStatusCode.PermanentRedirect)]
    public async Task BehindATrustedProxyThatEndsTlsItsWordCounts(string proto, HttpStatusCode expected)
    {
        await using var gateway = await EdgeGateway.Start(
            [], settings: [("Gateway:Https:Redirect", "true"), ("Gateway:ForwardedHeaders:TrustedProxies:0", "127.0.0.1")]);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/")
        {
            Headers = { { "X-Forwarded-Proto", proto }, { "X-Forwarded-For", "203.0.113.7" }, { "X-Forwarded-Host", "shop.example" } },
        };
        using var answer = await gateway.Client().SendAsync(request, Cancellation);
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK, answer.Headers.Contains("Strict-Transport-Security"));
        Assert.Equal(expected == HttpStatusCode.OK ? null : "https://shop.example/", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task AStrangerCantClaimHttpsNorAnotherHost()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await Start(backend);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://a.example:{gateway.Http.Port}/")
        {
            Headers = { { "X-Forwarded-Proto", "https" }, { "X-Forwarded-Host", "evil.example" }, { "Forwarded", "proto=https;host=evil.example" } },
        };
        using var answer = await gateway.Client().SendAsync(request, Cancellation);
        Assert.Equal($"https://a.example:{gateway.Https.Port}/", answer.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("a.example", true)]
    [InlineData("A.EXAMPLE", true)]
    [InlineData("x.b.example", true)]
    [InlineData("b.example", false)]
    [InlineData("a.example.evil", false)]
    [InlineData("evila.example", false)]
    public async Task OnlyListedHostsAreServed(string host, bool served)
    {
        await using var gateway = await EdgeGateway.Start([], settings: [("Gateway:Hosts:0", "a.example"), ("Gateway:Hosts:1", "*.b.example")]);
        using var answer = await gateway.Client().GetAsync($"http://{host}:{gateway.Http.Port}/", Cancellation);
        Assert.Equal(served ? HttpStatusCode.OK : HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        if (!served)
            Assert.Contains("urn:slipway:problem:gateway:host-not-served", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    private Task<EdgeGateway> Start(LocalBackend backend, params (string Key, string Value)[] settings) =>
        EdgeGateway.Start([backend.Address], [_certificates.Write("a", _certificates.Make("a.example"))], settings);
}
