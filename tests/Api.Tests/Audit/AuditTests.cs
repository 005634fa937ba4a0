using System.Net;
using Npgsql;

namespace Slipway.Api.Tests.Audit;

public sealed class AuditTests(TwoReplicas replicas) : IClassFixture<TwoReplicas>
{
    private readonly Replica _a = replicas.A;
    private readonly Replica _b = replicas.B;

    [Fact]
    public async Task EveryChangeLeavesAnEntryThatSaysWhoWhatAndWhich()
    {
        await _a.RegisterAsync("audited");
        var (first, second) = (await _a.RecordAsync("audited", "1"), await _a.RecordAsync("audited", "2"));
        await _a.MoveAsync(first, "deploy", "promote");
        await _a.MoveAsync(second, "deploy");
        var promoted = await _b.PostAsync($"/releases/{second}/transitions", new { command = "promote", reason = "better" });

        var entries = await _b.GetAsync("/audit?application=AUDITED");
        var promotions = await _b.GetAsync($"/audit?actor=key:first&subject={second}&action=release.promote");

        Assert.Equal(HttpStatusCode.OK, promoted.Status);
        Assert.Equal(
            ["release.promote", "release.supersede", "release.deploy", "release.promote", "release.deploy", "release.record", "release.record", "application.register"],
            entries.Items("action"));
        var entry = Assert.Single(promotions.Json.GetProperty("items").EnumerateArray());
        Assert.Equal("""{"to":"live","from":"canary","reason":"better","version":"2"}""".Replace("canary", "deploying", StringComparison.Ordinal),
            System.Text.RegularExpressions.Regex.Replace(entry.GetProperty("details").GetRawText(), "(?<=[:,])\\s", ""));
        Assert.Equal(32, entry.GetProperty("traceId").GetString()!.Length);
    }

    [Fact]
    public async Task ARefusedChangeLeavesNone()
    {
        await _a.RegisterAsync("refused");
        var id = await _a.RecordAsync("refused", "1");

        Assert.Equal(HttpStatusCode.Conflict, (await _a.PostAsync($"/releases/{id}/transitions", new { command = "promote", reason = "x" })).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await _a.PostAsync("/applications/refused/releases", Requests.Release("1", "other"))).Status);

        Assert.Equal(["release.record", "application.register"], (await _a.GetAsync("/audit?application=refused")).Items("action"));
    }

    [Theory]
    [InlineData("update audit_entries set actor = 'x'")]
    [InlineData("delete from audit_entries")]
    [InlineData("truncate audit_entries")]
    public async Task TheDatabaseItselfRefusesToChangeTheAudit(string sql)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => replicas.QueryAsync<object>(sql));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        Assert.Contains("append-only", refused.MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheAuditPagesNewestFirstWhileMoreIsWritten()
    {
        await _a.RegisterAsync("walked");
        foreach (var version in Enumerable.Range(1, 5))
        {
            await _a.RecordAsync("walked", $"{version}");
        }

        var first = await _a.GetAsync("/audit?application=walked&limit=4");
        await _a.RecordAsync("walked", "6");
        var second = await _b.GetAsync($"/audit?application=walked&limit=4&cursor={first.NextCursor}");

        Assert.Equal((4, 2), (first.Items("id").Length, second.Items("id").Length));
        Assert.Null(second.NextCursor);
        var ids = first.Items("id").Concat(second.Items("id")).Select(long.Parse).ToList();
        Assert.Equal(ids.OrderDescending(), ids);
    }

    [Fact]
    public async Task AllBadFiltersAreTold()
    {
        var refused = await _a.GetAsync("/audit?limit=0&cursor=!&subject=7&actor=%00");

        refused.IsProblem(HttpStatusCode.BadRequest, "audit:invalid");
        Assert.Equal(["actor", "cursor", "limit", "subject"], refused.Json.GetProperty("errors").EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal));
    }
}
