using System.Net;
using System.Text;
using System.Text.Json;
using Slipway.Api.Tests;
using Slipway.Gateway.Tests.Harness;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Owasp;

/// <summary>API2:2023. Guessing, rotation and tokens in detail: Api.Tests/Access.</summary>
public sealed class Api02AuthenticationTests(WholeService service) : IClassFixture<WholeService>
{
    private readonly RunningGateway _gateway = service.Gateway;

    [Fact]
    public async Task AWrongSecretAndAnUnknownKeyAreToldApartByNothing()
    {
        var wrong = await _gateway.GetAsync($"first.{new string('x', 43)}", "/applications");
        var unknown = await _gateway.GetAsync($"nobody22.{new string('x', 43)}", "/applications");

        wrong.IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");
        unknown.IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");
        Assert.Equal(Comparable(wrong), Comparable(unknown));
    }

    [Fact]
    public async Task ACredentialCountsInItsHeaderOnly()
    {
        (await _gateway.GetAsync(null, $"/applications?X-Api-Key={Requests.FirstKey}&access_token={Requests.FirstKey}")).IsProblem(HttpStatusCode.Unauthorized, "access:credential-needed");
        (await _gateway.GetAsync(null, "/applications", ("Cookie", $"X-Api-Key={Requests.FirstKey}"))).IsProblem(HttpStatusCode.Unauthorized, "access:credential-needed");
        (await _gateway.GetAsync(null, "/applications", ("X-Slipway-Client", "key:first"))).IsProblem(HttpStatusCode.Unauthorized, "access:credential-needed");
    }

    [Fact]
    public async Task ATokenThatNobodySignedIsRefused()
    {
        var none = $"{Part("""{"alg":"none"}""")}.{Part("""{"sub":"root","scope":"access:manage","exp":4102444800}""")}.";
        (await _gateway.GetAsync(null, "/access/keys", ("Authorization", $"Bearer {none}"))).IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");

        static string Part(string json) => Convert.ToBase64String(Encoding.ASCII.GetBytes(json)).TrimEnd('=');
    }

    [Fact]
    public async Task ARevokedKeyEndsThoughTheGatewayKnewIt()
    {
        var (prefix, credential) = await _gateway.CreateKeyAsync("releases:read");
        Assert.Equal(HttpStatusCode.OK, (await _gateway.GetAsync(credential, "/applications")).Status);

        Assert.Equal(HttpStatusCode.OK, (await _gateway.PostAsync(Requests.FirstKey, $"/access/keys/{prefix}/revoke", new { reason = "lost" })).Status);

        await Wait.Until(async () => (await _gateway.GetAsync(credential, "/applications")).Status == HttpStatusCode.Unauthorized, "the key to end");
    }

    private static string Comparable(Answer answer) => string.Join('|', answer.Json.EnumerateObject().Where(static member => member.Name is not ("traceId" or "correlationId"))
        .Select(static member => member.Value.ValueKind == JsonValueKind.Null ? "" : member.ToString()).Concat(answer.Headers.Where(static header => header.Key is "WWW-Authenticate" or "Cache-Control").Select(static header => header.Value)));
}
