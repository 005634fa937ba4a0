using System.Net;
using Slipway.Api.Tests;
using Slipway.Gateway.Tests.Harness;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Owasp;

/// <summary>API8:2023. TLS, HSTS and CORS in detail: Gateway.Tests/Edge; what production refuses to start with: the tests of configuration.</summary>
public sealed class Api08MisconfigurationTests(WholeService service) : IClassFixture<WholeService>
{
    private readonly RunningGateway _gateway = service.Gateway;

    [Theory]
    [InlineData("GET", "/", 200)]
    [InlineData("GET", "/applications", 200)]
    [InlineData("GET", "/docs/index.html", 200)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("DELETE", "/applications", 405)]
    [InlineData("TRACE", "/applications", 405)]
    public async Task EveryAnswerIsHardenedAndTellsNothingOfItsMakers(string method, string path, int status)
    {
        var answer = await _gateway.AsAsync(Requests.FirstKey, new HttpMethod(method), path, null, ("Origin", "https://evil.example"), ("X-Echo", "seen"));

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
        Assert.Equal("DENY", answer.Headers["X-Frame-Options"]);
        Assert.Contains("default-src 'none'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.All(["Server", "X-Powered-By", "X-AspNet-Version", "Access-Control-Allow-Origin", "X-Slipway-Client"], name => Assert.DoesNotContain(name, answer.Headers.Keys));
        Assert.DoesNotContain("X-Echo", answer.Raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherOriginMayNotAskBeforehand() => Assert.DoesNotContain(
        "Access-Control-Allow-Origin",
        (await _gateway.AsAsync(null, HttpMethod.Options, "/applications", null, ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST"))).Headers.Keys);

    [Fact]
    public async Task WhatAnswersACredentialIsKeptByNobody()
    {
        var issued = await _gateway.PostAsync(Requests.FirstKey, "/access/keys", new { name = "kept by nobody", scopes = new[] { "releases:read" } });
        Assert.Equal((HttpStatusCode.Created, "no-store"), (issued.Status, issued.Headers["Cache-Control"]));
        Assert.Contains("no-store", (await _gateway.GetAsync(null, "/applications")).Headers["Cache-Control"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/.env")]
    [InlineData("/appsettings.json")]
    [InlineData("/docs/../appsettings.json")]
    [InlineData("/docs/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/swagger/index.html")]
    [InlineData("/debug")]
    [InlineData("/.well-known/../.git/config")]
    public async Task NothingIsServedThatWasNotMeantToBe(string path) => Assert.Equal(HttpStatusCode.NotFound, (await _gateway.GetAsync(Requests.FirstKey, path)).Status);
}
