using System.Net;
using System.Net.Http.Json;

namespace Slipway.Api.Tests.Releases;

public sealed class PreconditionTests(TwoReplicas replicas) : IClassFixture<TwoReplicas>
{
    private readonly Replica _a = replicas.A;
    private readonly Replica _b = replicas.B;

    [Fact]
    public async Task AMoveOfTheReleaseThatWasReadIsDoneAndOfAnOlderOneRefused()
    {
        await _a.RegisterAsync("matched");
        var recorded = await _a.PostAsync("/applications/matched/releases", Requests.Release("1"));
        var (id, tag) = (recorded.Text("id"), recorded.Headers["ETag"]);
        Assert.Equal(tag, (await _b.GetAsync($"/releases/{id}")).Headers["ETag"]);

        var deployed = await MoveAsync(_b, id, "deploy", tag);
        var refused = await MoveAsync(_a, id, "promote", tag);
        var promoted = await MoveAsync(_a, id, "promote", deployed.Headers["ETag"]);

        Assert.Equal(HttpStatusCode.OK, deployed.Status);
        refused.IsProblem(HttpStatusCode.PreconditionFailed, "releases:changed");
        Assert.Equal((deployed.Headers["ETag"], "deploying"), (refused.Text("etag"), refused.Text("state")));
        Assert.Equal((HttpStatusCode.OK, "live"), (promoted.Status, promoted.Text("state")));
        Assert.Equal(promoted.Headers["ETag"], (await _b.GetAsync($"/releases/{id}")).Headers["ETag"]);
    }

    [Theory]
    [InlineData("*", HttpStatusCode.OK)]
    [InlineData("\"other\", {tag}", HttpStatusCode.OK)]
    [InlineData("W/{tag}", HttpStatusCode.PreconditionFailed)]
    [InlineData("\"other\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("no tag", HttpStatusCode.PreconditionFailed)]
    public async Task IfMatchIsComparedStrongly(string condition, HttpStatusCode status)
    {
        var name = $"strong-{Math.Abs(condition.GetHashCode(StringComparison.Ordinal))}";
        await _a.RegisterAsync(name);
        var recorded = await _a.PostAsync($"/applications/{name}/releases", Requests.Release("1"));
        var moved = await MoveAsync(_b, recorded.Text("id"), "deploy", condition.Replace("{tag}", recorded.Headers["ETag"], StringComparison.Ordinal));
        Assert.Equal(status, moved.Status);
    }

    [Fact]
    public async Task OfManyMovesOfTheSameReadOneIsDone()
    {
        await _a.RegisterAsync("contended");
        var recorded = await _a.PostAsync("/applications/contended/releases", Requests.Release("1"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => MoveAsync(i % 2 == 0 ? _a : _b, recorded.Text("id"), "deploy", recorded.Headers["ETag"])));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => answer.IsProblem(HttpStatusCode.PreconditionFailed, "releases:changed"));
    }

    [Theory]
    [InlineData("{tag}", HttpStatusCode.NotModified)]
    [InlineData("W/{tag}", HttpStatusCode.NotModified)]
    [InlineData("\"other\", {tag}", HttpStatusCode.NotModified)]
    [InlineData("*", HttpStatusCode.NotModified)]
    [InlineData("\"other\"", HttpStatusCode.OK)]
    [InlineData("no tag", HttpStatusCode.OK)]
    public async Task IfNoneMatchIsComparedWeakly(string condition, HttpStatusCode status)
    {
        var created = await _a.PostAsync("/applications", new { name = "weak" });
        var tag = (await _a.GetAsync("/applications/weak")).Headers["ETag"];
        if (created.Status == HttpStatusCode.Created)
        {
            Assert.Equal(tag, created.Headers["ETag"]);
        }

        var read = await _b.SendAsync(HttpMethod.Get, "/applications/weak", null, ("If-None-Match", condition.Replace("{tag}", tag, StringComparison.Ordinal)));
        Assert.Equal((status, tag), (read.Status, read.Headers["ETag"]));
    }

    private static Task<Answer> MoveAsync(Replica replica, string id, string command, string ifMatch) =>
        replica.SendAsync(HttpMethod.Post, $"/releases/{id}/transitions", JsonContent.Create(new { command, reason = "test" }), ("If-Match", ifMatch));
}
