using System.Net;

namespace Slipway.Api.Tests.Releases;

public sealed class BulkTests(TwoReplicas replicas) : IClassFixture<TwoReplicas>
{
    private readonly Replica _a = replicas.A;
    private readonly Replica _b = replicas.B;

    [Fact]
    public async Task ManyReleasesAreRecordedAtOnceAndTheSameAgainAreNotNew()
    {
        await _a.RegisterAsync("bulk");
        await _a.RecordAsync("bulk", "2");
        var body = Of("1", "2", "3");
        var first = await _a.PostAsync("/applications/BULK/releases/bulk", body);
        var again = await _b.PostAsync("/applications/bulk/releases/bulk", body);

        Assert.Equal(HttpStatusCode.Created, first.Status);
        Assert.Equal(["recorded", "same-already", "recorded"], first.Items("outcome"));
        Assert.Equal((HttpStatusCode.OK, 3), (again.Status, again.Items("outcome").Count(outcome => outcome == "same-already")));
        Assert.Equal(["3", "1", "2"], (await _b.GetAsync("/applications/bulk/releases")).Items("version"));
        Assert.Equal("3", (await _b.GetAsync(first.Items("location")[2])).Text("version"));
        Assert.Equal(["release.record", "release.record", "release.record", "application.register"], (await _a.GetAsync("/audit?application=bulk")).Items("action"));
    }

    [Fact]
    public async Task OneTakenVersionRefusesAllAndIsNamedByItsIndex()
    {
        await _a.RegisterAsync("atomic");
        await _a.PostAsync("/applications/atomic/releases", Requests.Release("2", "other"));

        var refused = await _b.PostAsync("/applications/atomic/releases/bulk", Of("1", "2", "3"));

        refused.IsProblem(HttpStatusCode.Conflict, "releases:versions-taken");
        Assert.Equal(["$.releases[1].version"], refused.Json.GetProperty("errors").EnumerateObject().Select(error => error.Name));
        Assert.Equal(["2"], (await _a.GetAsync("/applications/atomic/releases")).Items("version"));
        Assert.Equal(["release.record", "application.register"], (await _a.GetAsync("/audit?application=atomic")).Items("action"));
    }

    [Fact]
    public async Task EachErrorNamesItsReleaseAndTheNumberIsBounded()
    {
        await _a.RegisterAsync("bounded");
        var invalid = await _a.PostAsync("/applications/bounded/releases/bulk", new { releases = new[] { Requests.Release("1"), new { version = "!" }, Requests.Release("1") } });
        var repeated = await _a.PostAsync("/applications/bounded/releases/bulk", Of("1", "2", "1"));
        var many = await _a.PostAsync("/applications/bounded/releases/bulk", Of([.. Enumerable.Range(0, 101).Select(number => $"{number}")]));
        var none = await _a.PostAsync("/applications/bounded/releases/bulk", Of());

        Assert.All([invalid, repeated, many, none], answer => answer.IsProblem(HttpStatusCode.BadRequest, "releases:invalid"));
        Assert.Equal(["$.releases[1].artifacts", "$.releases[1].version"], Errors(invalid));
        Assert.Equal(["$.releases[2]"], Errors(repeated));
        Assert.Equal(["$.releases", "$.releases"], [.. Errors(many), .. Errors(none)]);
        Assert.Equal(HttpStatusCode.Created, (await _a.PostAsync("/applications/bounded/releases/bulk", Of([.. Enumerable.Range(0, 100).Select(number => $"{number}")]))).Status);
        (await _a.PostAsync("/applications/absent/releases/bulk", Of("1"))).IsProblem(HttpStatusCode.NotFound, "releases:application-not-found");
    }

    private static object Of(params string[] versions) => new { releases = versions.Select(version => Requests.Release(version)).ToArray() };

    private static string[] Errors(Answer answer) => [.. answer.Json.GetProperty("errors").EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal)];
}
