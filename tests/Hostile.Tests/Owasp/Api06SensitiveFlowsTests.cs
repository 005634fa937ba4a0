using System.Net;
using Slipway.Api.Tests;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Owasp;

/// <summary>API6:2023. What a machine must not do a thousand times: make keys, move releases.</summary>
public sealed class Api06SensitiveFlowsTests(WholeService service) : IClassFixture<WholeService>
{
    [Fact]
    public async Task AFlowCanBeGivenARateOfItsOwnForAllClientsTogether()
    {
        await using var gateway = await service.StartGatewayAsync(
            ("Gateway:Limits:Routes:0:Name", "keys"), ("Gateway:Limits:Routes:0:Path", "/access/keys"), ("Gateway:Limits:Routes:0:Methods:0", "POST"),
            ("Gateway:Limits:Routes:0:PerHour", "2"), ("Gateway:Limits:Routes:0:Together", "true"));
        var (_, second) = await gateway.CreateKeyAsync("releases:read", "access:manage");
        Answer answer;
        var made = 1;
        do
        {
            answer = await gateway.PostAsync(made % 2 == 0 ? second : Requests.FirstKey, "/access/keys", new { name = "one more", scopes = new[] { "releases:read" } });
        }
        while (answer.Status == HttpStatusCode.Created && made++ < 20);

        answer.IsProblem(HttpStatusCode.TooManyRequests, "gateway:too-many-requests");
        // Two; and two more where the Gateway counted by itself before it had reached Redis.
        Assert.InRange(made, 2, 4);
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync(second, "/access/keys")).Status);
    }

    [Fact]
    public async Task OfManyWhoPromoteAtTheSameTimeOneDoes()
    {
        var gateway = service.Gateway;
        await gateway.PostAsync(Requests.FirstKey, "/applications", new { name = "raced" });
        var id = (await gateway.PostAsync(Requests.FirstKey, "/applications/raced/releases", Requests.Release("1"))).Text("id");
        Assert.Equal(HttpStatusCode.OK, (await gateway.PostAsync(Requests.FirstKey, $"/releases/{id}/transitions", new { command = "deploy", reason = "race" })).Status);

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(at => gateway.PostAsync(Requests.FirstKey, $"/releases/{id}/transitions", new { command = "promote", reason = $"racer {at}" })));

        Assert.Single(answers, static answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(static answer => answer.Status != HttpStatusCode.OK), static answer => answer.IsProblem(HttpStatusCode.Conflict, "releases:not-from-this-state"));
    }
}
