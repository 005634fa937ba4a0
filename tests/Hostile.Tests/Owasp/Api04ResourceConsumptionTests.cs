using System.Net;
using Slipway.Api.Tests;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Owasp;

/// <summary>API4:2023. Rates, load, slow and large requests in detail: Gateway.Tests/Protection.</summary>
public sealed class Api04ResourceConsumptionTests(WholeService service) : IClassFixture<WholeService>
{
    [Fact]
    public async Task NothingMayBeAskedForWithoutABound()
    {
        var gateway = service.Gateway;
        (await gateway.GetAsync(Requests.FirstKey, "/applications?limit=101")).IsProblem(HttpStatusCode.BadRequest, "releases:invalid");
        (await gateway.GetAsync(Requests.FirstKey, "/audit?limit=1000000")).IsProblem(HttpStatusCode.BadRequest, "audit:invalid");
        var many = Enumerable.Range(0, 101).Select(static at => Requests.Release($"1.{at}")).ToArray();
        (await gateway.PostAsync(Requests.FirstKey, "/applications/any/releases/bulk", new { releases = many })).IsProblem(HttpStatusCode.BadRequest, "releases:invalid");
        (await gateway.PostAsync(Requests.FirstKey, "/applications", Json(new string('[', 5000) + new string(']', 5000)))).IsProblem(HttpStatusCode.BadRequest, "releases:malformed-json");
        (await gateway.PostAsync(Requests.FirstKey, "/applications", Json($"{{\"name\":\"{new string('n', 300_000)}\"}}"))).IsProblem(HttpStatusCode.RequestEntityTooLarge, "gateway:body-too-large");

        static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
    }

    [Fact]
    public async Task AClientIsHeldToItsRateAndToldWhenToComeBack()
    {
        await using var gateway = await service.StartGatewayAsync(("Gateway:Limits:Client:PerMinute", "3"), ("Gateway:Limits:Address:PerMinute", "3"));
        Answer answer;
        var sent = 0;
        do
        {
            answer = await gateway.GetAsync(Requests.FirstKey, "/applications");
            sent++;
        }
        while (answer.Status == HttpStatusCode.OK && sent < 20);

        answer.IsProblem(HttpStatusCode.TooManyRequests, "gateway:too-many-requests");
        Assert.True(int.Parse(answer.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture) is > 0 and <= 60);
        Assert.Contains("r=0", answer.Headers["RateLimit"], StringComparison.Ordinal);
        // The first request counts on the address, until the Api has said whose key it is.
        Assert.InRange(sent, 4, 8);
    }
}
