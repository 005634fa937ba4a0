using System.Net;

namespace Slipway.Api.Tests.Releases;

public sealed class ReleasesTests(TwoReplicas replicas) : IClassFixture<TwoReplicas>
{
    private readonly Replica _a = replicas.A;
    private readonly Replica _b = replicas.B;

    [Fact]
    public async Task ARegisteredApplicationIsFoundInAnyCaseByAnyReplica()
    {
        var created = await _a.PostAsync("/applications", new { name = "Shop", description = "Träume & mehr" });
        var read = await _b.GetAsync("/applications/SHOP");

        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal("/applications/shop", created.Headers["Location"]);
        Assert.Equal("Träume & mehr", read.Text("description"));
        Assert.Equal(created.Text("registeredAt"), read.Text("registeredAt"));
        Assert.Equal(("a", "b"), (created.Headers["X-Served-By"], read.Headers["X-Served-By"]));
        (await _b.PostAsync("/applications", new { name = "shOP" })).IsProblem(HttpStatusCode.Conflict, "releases:name-taken");
    }

    [Fact]
    public async Task ARecordedReleaseIsReadBackByIdAndByVersionAndInTheList()
    {
        await _a.RegisterAsync("reading");
        var created = await _a.PostAsync("/applications/reading/releases", Requests.Release("1.0.0+build.7", "first"));
        var byId = await _b.GetAsync($"/releases/{created.Text("id")}");
        var byVersion = await _b.GetAsync(created.Headers["Location"]);
        var list = await _b.GetAsync("/applications/reading/releases");

        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal((created.Raw, created.Raw), (byId.Raw, byVersion.Raw));
        Assert.Equal(["1.0.0+build.7"], list.Items("version"));
        Assert.Equal("recorded", byId.Text("state"));
        Assert.Equal("""["deploy"]""", byId.Text("allowedCommands"));
        Assert.Equal(Requests.Digest, byId.Json.GetProperty("artifacts")[0].GetProperty("digest").GetString());
        Assert.Equal("record", byId.Json.GetProperty("transitions")[0].GetProperty("command").GetString());
    }

    [Fact]
    public async Task RecordingTheSameAgainAnswersTheFirstAndOtherContentIsAConflict()
    {
        await _a.RegisterAsync("repeating");
        var first = await _a.PostAsync("/applications/repeating/releases", Requests.Release("1"));
        var again = await _b.PostAsync("/applications/repeating/releases", Requests.Release("1"));

        Assert.Equal((HttpStatusCode.OK, first.Raw), (again.Status, again.Raw));
        (await _b.PostAsync("/applications/repeating/releases", Requests.Release("1", "other notes"))).IsProblem(HttpStatusCode.Conflict, "releases:version-taken");
        (await _b.PostAsync("/applications/absent/releases", Requests.Release("1"))).IsProblem(HttpStatusCode.NotFound, "releases:application-not-found");
    }

    [Fact]
    public async Task PromotingSupersedesTheLiveReleaseAndRollingBackRestoresIt()
    {
        await _a.RegisterAsync("rollout");
        var (first, second) = (await _a.RecordAsync("rollout", "1"), await _a.RecordAsync("rollout", "2"));
        await _a.MoveAsync(first, "deploy", "promote");
        await _b.MoveAsync(second, "deploy", "start-canary", "promote");

        Assert.Equal(("superseded", "live"), (await _a.StateAsync(first), await _a.StateAsync(second)));
        Assert.Equal("2", (await _a.GetAsync("/applications/rollout")).Json.GetProperty("liveRelease").GetProperty("version").GetString());

        await _a.MoveAsync(second, "roll-back");

        var restored = await _b.GetAsync($"/releases/{first}");
        Assert.Equal(("live", "rolled-back"), (restored.Text("state"), await _b.StateAsync(second)));
        Assert.Equal(["record", "deploy", "promote", "supersede", "restore"], restored.Json.GetProperty("transitions").EnumerateArray().Select(move => move.GetProperty("command").GetString()));
        Assert.Equal("2 was rolled back", restored.Json.GetProperty("transitions")[4].GetProperty("reason").GetString());
        Assert.Equal("1", (await _b.GetAsync("/applications/rollout")).Json.GetProperty("liveRelease").GetProperty("version").GetString());
    }

    [Fact]
    public async Task PromotingAFailedReleaseIsAConflictThatNamesWhatIsAllowed()
    {
        await _a.RegisterAsync("failing");
        var id = await _a.RecordAsync("failing", "1");
        await _a.MoveAsync(id, "deploy", "fail");

        var refused = await _b.PostAsync($"/releases/{id}/transitions", new { command = "promote", reason = "hope" });

        refused.IsProblem(HttpStatusCode.Conflict, "releases:not-from-this-state");
        Assert.Equal("""["deploy"]""", refused.Text("allowedCommands"));
        Assert.Equal("failed", refused.Text("state"));
        (await _b.PostAsync($"/releases/{Guid.Empty}/transitions", new { command = "deploy", reason = "x" })).IsProblem(HttpStatusCode.NotFound, "releases:not-found");
    }

    [Fact]
    public async Task OfManyPromotionsAtOnceEachIsRecordedAndOneReleaseIsLive()
    {
        await _a.RegisterAsync("racing");
        var ids = new List<string>();
        foreach (var version in Enumerable.Range(1, 6))
        {
            ids.Add(await _a.RecordAsync("racing", $"{version}"));
            await _a.MoveAsync(ids[^1], "deploy");
        }

        // Each release is promoted through both replicas at once: one of the two wins, the other is told.
        var answers = await Task.WhenAll(ids.SelectMany(id => new[] { _a, _b }.Select(replica =>
            replica.PostAsync($"/releases/{id}/transitions", new { command = "promote", reason = "race" }))));

        Assert.Equal(6, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(6, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
        var states = (await _a.GetAsync("/applications/racing/releases")).Items("state");
        Assert.Equal((1, 5), (states.Count(state => state == "live"), states.Count(state => state == "superseded")));
        Assert.Equal(6L, await replicas.QueryAsync<long>("select count(*) from release_transitions t join releases r on r.id = t.release_id join applications a on a.id = r.application_id where a.name = 'racing' and command = 'promote'"));
    }

    [Fact]
    public async Task TheListPagesThroughEveryReleaseOnceNewestFirst()
    {
        await _a.RegisterAsync("paging");
        var versions = Enumerable.Range(1, 7).Select(number => $"{number}").ToList();
        foreach (var version in versions)
        {
            await _a.RecordAsync("paging", version);
        }

        var (seen, cursor, pages) = (new List<string>(), "", 0);
        do
        {
            var page = await (pages++ % 2 == 0 ? _a : _b).GetAsync($"/applications/paging/releases?limit=3&cursor={cursor}");
            seen.AddRange(page.Items("version"));
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.Equal(3, pages);
        Assert.Equal(versions.Order(), seen.Order());
        Assert.Equal(7, (await _a.GetAsync("/applications/paging/releases?limit=7")).Items("id").Distinct().Count());
        var ids = (await _a.GetAsync("/applications/paging/releases")).Items("id");
        Assert.Equal(ids.OrderDescending(StringComparer.Ordinal), ids);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("cursor=%00", "cursor")]
    [InlineData("cursor=YXVkaXQ6NQ", "cursor")]
    [InlineData("cursor=cmVsZWFzZXM6NQ", "cursor")]
    public async Task ABadPageIsRefusedByItsParameter(string query, string parameter)
    {
        var refused = await _a.GetAsync($"/applications/any/releases?{query}");

        refused.IsProblem(HttpStatusCode.BadRequest, "releases:invalid");
        Assert.Equal(parameter, Assert.Single(refused.Json.GetProperty("errors").EnumerateObject()).Name);
    }

    [Fact]
    public async Task AnUnchangedReleaseIsAnsweredByNotModifiedUntilItChanges()
    {
        await _a.RegisterAsync("tagged");
        var id = await _a.RecordAsync("tagged", "1");
        var tag = (await _a.GetAsync($"/releases/{id}")).Headers["ETag"];

        var unchanged = await _b.SendAsync(HttpMethod.Get, $"/releases/{id}", null, ("If-None-Match", tag));
        await _a.MoveAsync(id, "deploy");
        var changed = await _b.SendAsync(HttpMethod.Get, $"/releases/{id}", null, ("If-None-Match", tag));

        Assert.Equal((HttpStatusCode.NotModified, ""), (unchanged.Status, unchanged.Raw));
        Assert.Equal((HttpStatusCode.OK, "deploying"), (changed.Status, changed.Text("state")));
    }
}
