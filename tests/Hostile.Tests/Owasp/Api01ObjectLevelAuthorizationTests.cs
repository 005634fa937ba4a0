using System.Net;
using Slipway.Api.Tests;
using Slipway.Gateway.Tests.Harness;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Owasp;

/// <summary>API1:2023. Applications and releases belong to all clients with the scope; what belongs to one client is his answers under an idempotency key, and keys.</summary>
public sealed class Api01ObjectLevelAuthorizationTests(WholeService service) : IClassFixture<WholeService>
{
    private readonly RunningGateway _gateway = service.Gateway;

    [Fact]
    public async Task AnAnswerKeptForOneClientIsNotGivenToAnother()
    {
        var (_, other) = await _gateway.CreateKeyAsync("releases:read", "releases:write");
        var body = new { name = "owned", description = "by the first" };
        (string, string) key = ("Idempotency-Key", "\"the-same-key\"");

        var first = await _gateway.PostAsync(Requests.FirstKey, "/applications", body, key);
        var again = await _gateway.PostAsync(Requests.FirstKey, "/applications", body, key);
        var stranger = await _gateway.PostAsync(other, "/applications", body, key);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, first.Raw), (first.Status, again.Status, again.Raw));
        Assert.Equal("true", again.Headers["Idempotency-Replayed"]);
        stranger.IsProblem(HttpStatusCode.Conflict, "releases:name-taken");
        Assert.DoesNotContain("Idempotency-Replayed", stranger.Headers.Keys);
    }

    [Fact]
    public async Task WhoMayNotManageAccessLearnsNothingOfAKeyNotEvenThatItIsThere()
    {
        var (own, credential) = await _gateway.CreateKeyAsync("releases:read", "releases:write", "audit:read");
        foreach (var prefix in new[] { own, "first", "nobody22" })
        {
            (await _gateway.GetAsync(credential, $"/access/keys/{prefix}")).IsProblem(HttpStatusCode.Forbidden, "access:scope-needed");
            (await _gateway.PostAsync(credential, $"/access/keys/{prefix}/rotate", new { })).IsProblem(HttpStatusCode.Forbidden, "access:scope-needed");
            (await _gateway.PostAsync(credential, $"/access/keys/{prefix}/revoke", new { reason = "mine" })).IsProblem(HttpStatusCode.Forbidden, "access:scope-needed");
        }
    }
}
