using System.Net;
using System.Text.Json;
using Npgsql;
using Slipway.Api.Access;
using Slipway.Api.Access.Keys;
using Slipway.MigrationService;

namespace Slipway.Api.Tests.Access;

public sealed class KeysTests(TwoReplicas replicas) : IClassFixture<TwoReplicas>
{
    private readonly Replica _a = replicas.A;
    private readonly Replica _b = replicas.B;

    [Fact]
    public async Task AMadeKeyWorksEverywhereAndItsSecretIsAnsweredOnceAndStoredNowhere()
    {
        var made = await _a.PostAsync("/access/keys", new { name = " Build server ", scopes = new[] { "releases:write", "releases:read" }, expiresAt = "2099-01-01T01:00:00+01:00" });
        var credential = made.Text("credential");
        var (prefix, secret) = (credential.Split('.')[0], credential.Split('.')[1]);

        var used = await _b.AsAsync(credential, HttpMethod.Post, "/applications", new { name = "made-by-key" });
        var read = await _b.GetAsync($"/access/keys/{prefix}");
        var stored = await replicas.QueryAsync<string>("select string_agg(k::text || e::text, '') from access_keys k, audit_entries e");

        Assert.Equal((HttpStatusCode.Created, $"/access/keys/{prefix}", "no-store"), (made.Status, made.Headers["Location"], made.Headers["Cache-Control"]));
        Assert.Equal(43, secret.Length);
        Assert.Equal((HttpStatusCode.Created, $"key:{prefix}"), (used.Status, used.Headers["X-Slipway-Client"]));
        Assert.Equal(["releases:read", "releases:write"], read.Json.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
        Assert.Equal(("Build server", "key:first", "2099-01-01T00:00:00+00:00"), (read.Text("name"), read.Text("createdBy"), read.Text("expiresAt")));
        Assert.DoesNotContain(secret, read.Raw + (await _a.GetAsync("/access/keys?limit=100")).Raw + stored, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexString(KeySecret.Hash(secret)).ToLowerInvariant(), stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryChangeOfAKeyIsInTheAuditUnderWhoMadeIt()
    {
        var (prefix, _) = await _a.CreateKeyAsync(Scopes.ReleasesRead);
        await _a.PostAsync($"/access/keys/{prefix}/rotate", new { });
        await _a.RevokeAsync(prefix);
        await _a.RevokeAsync(prefix);

        var entries = await _a.GetAsync($"/audit?subject={(await _a.GetAsync($"/access/keys/{prefix}")).Text("id")}");

        Assert.Equal(["key.revoke", "key.rotate", "key.create"], entries.Items("action"));
        Assert.All(entries.Items("actor"), actor => Assert.Equal("key:first", actor));
    }

    [Fact]
    public async Task ARevokedKeyIsRefusedByEveryReplicaAndSaysWhy()
    {
        var (prefix, credential) = await _a.CreateKeyAsync(Scopes.ReleasesRead);
        Assert.Equal(HttpStatusCode.OK, (await _b.GetAsAsync(credential, "/applications")).Status);

        await _a.RevokeAsync(prefix);
        await Until.SoAsync(async () => (await _a.GetAsAsync(credential, "/applications")).Status == HttpStatusCode.Unauthorized);
        await Until.SoAsync(async () => (await _b.GetAsAsync(credential, "/applications")).Status == HttpStatusCode.Unauthorized);
        var refused = await _b.GetAsAsync(credential, "/applications");

        refused.IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");
        Assert.Contains("revoked", refused.Text("detail"), StringComparison.Ordinal);
        (await _a.PostAsync($"/access/keys/{prefix}/rotate", new { })).IsProblem(HttpStatusCode.Conflict, "access:key-ended");
    }

    [Fact]
    public async Task AfterARotationBothSecretsAreTakenUntilTheOldOnesTime()
    {
        var (prefix, old) = await _a.CreateKeyAsync(Scopes.ReleasesRead);
        var until = TimeProvider.System.GetUtcNow().AddDays(1);

        var rotated = await _a.PostAsync($"/access/keys/{prefix}/rotate", new { previousUntil = until });
        var renewed = rotated.Text("credential");
        var during = (await _b.GetAsAsync(old, "/applications"), await _b.GetAsAsync(renewed, "/applications"));
        var again = (await _a.PostAsync($"/access/keys/{prefix}/rotate", new { })).Text("credential");
        Assert.Equal(HttpStatusCode.OK, (await _b.GetAsAsync(again, "/applications")).Status);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (during.Item1.Status, during.Item2.Status));
        Assert.Equal(3, new[] { old, renewed, again }.Distinct().Count());
        // Without an overlap the one before ends at once, and the one before that had ended with the second rotation.
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), ((await _b.GetAsAsync(renewed, "/applications")).Status, (await _b.GetAsAsync(old, "/applications")).Status));
        Assert.Equal(JsonValueKind.Null, (await _a.GetAsync($"/access/keys/{prefix}")).Json.GetProperty("previousSecretUntil").ValueKind);
    }

    [Fact]
    public async Task NobodyGivesWhatHeHasNotGotNorTakesItByRotation()
    {
        var (_, manager) = await _a.CreateKeyAsync(Scopes.AccessManage, Scopes.AuditRead);
        var (writer, _) = await _a.CreateKeyAsync(Scopes.ReleasesWrite);

        var given = await _a.AsAsync(manager, HttpMethod.Post, "/access/keys", new { name = "more", scopes = new[] { "releases:read" } });
        var taken = await _a.AsAsync(manager, HttpMethod.Post, $"/access/keys/{writer}/rotate", new { });
        var own = await _a.AsAsync(manager, HttpMethod.Post, "/access/keys", new { name = "less", scopes = new[] { "audit:read" } });
        var ended = await _a.AsAsync(manager, HttpMethod.Post, $"/access/keys/{writer}/revoke", new { reason = "may end what it could not make" });

        given.IsProblem(HttpStatusCode.Forbidden, "access:scope-not-yours");
        taken.IsProblem(HttpStatusCode.Forbidden, "access:scope-not-yours");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (own.Status, ended.Status));
    }

    [Fact]
    public async Task KeysArePagedNewestFirstAndOthersCursorsAreRefused()
    {
        var made = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            made.Insert(0, (await _a.CreateKeyAsync(Scopes.ReleasesRead)).Prefix);
        }

        var first = await _a.GetAsync("/access/keys?limit=2");
        var second = await _b.GetAsync($"/access/keys?limit=1&cursor={first.NextCursor}");

        Assert.Equal(made, first.Items("prefix").Concat(second.Items("prefix")));
        (await _a.GetAsync($"/applications?cursor={first.NextCursor}")).IsProblem(HttpStatusCode.BadRequest, "releases:invalid");
        (await _a.GetAsync("/access/keys?limit=0&cursor=x")).IsProblem(HttpStatusCode.BadRequest, "access:invalid");
    }

    [Theory]
    [InlineData("""{"scopes":["releases:read"]}""", "$.name")]
    [InlineData("""{"name":"x","scopes":[]}""", "$.scopes")]
    [InlineData("""{"name":"x","scopes":["releases:read","releases:read"]}""", "$.scopes")]
    [InlineData("""{"name":"x","scopes":["*"]}""", "$.scopes")]
    [InlineData("""{"name":"x","scopes":"releases:read"}""", "$.scopes")]
    [InlineData("""{"name":"x","scopes":[null]}""", "$.scopes")]
    [InlineData("""{"name":"x","scopes":["releases:read"],"expiresAt":"2001-01-01T00:00:00Z"}""", "$.expiresAt")]
    [InlineData("""{"name":"x","scopes":["releases:read"],"expiresAt":"2099-01-01T00:00:00"}""", "$.expiresAt")]
    [InlineData("""{"name":"x","scopes":["releases:read"],"expiresAt":"2099-01-01"}""", "$.expiresAt")]
    [InlineData("""{"name":"x","scopes":["releases:read"],"expiresAt":4070908800}""", "$.expiresAt")]
    [InlineData("""{"name":"x","scopes":["releases:read"],"expiresAt":"2099-02-31T00:00:00Z"}""", "$.expiresAt")]
    [InlineData("""{"name":"x","scopes":["releases:read"],"prefix":"mine"}""", "$.prefix")]
    public async Task ABadRequestForAKeyIsRefused(string body, string path)
    {
        var refused = await _a.PostTextAsync("/access/keys", body);

        refused.IsProblem(HttpStatusCode.BadRequest, "access:invalid");
        Assert.Equal([path], refused.Json.GetProperty("errors").EnumerateObject().Select(error => error.Name));
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T00:00:00Z")]
    [InlineData("tomorrow")]
    public async Task AnOverlapIsBounded(string until)
    {
        var (prefix, _) = await _a.CreateKeyAsync(Scopes.ReleasesRead);

        (await _a.PostAsync($"/access/keys/{prefix}/rotate", new { previousUntil = until })).IsProblem(HttpStatusCode.BadRequest, "access:invalid");
    }

    [Theory]
    [InlineData("abcdefgh")]
    [InlineData("%20")]
    [InlineData("A%27--")]
    public async Task AKeyThatIsNotThereIsAProblem(string prefix)
    {
        (await _a.GetAsync($"/access/keys/{prefix}")).IsProblem(HttpStatusCode.NotFound, "access:key-not-found");
        (await _a.PostAsync($"/access/keys/{prefix}/revoke", new { reason = "x" })).IsProblem(HttpStatusCode.NotFound, "access:key-not-found");
        (await _a.PostAsync($"/access/keys/{prefix}/rotate", new { })).IsProblem(HttpStatusCode.NotFound, "access:key-not-found");
    }

    [Fact]
    public async Task TwoRotationsAtOnceLeaveOneSecretAndBothAreInTheAudit()
    {
        var (prefix, _) = await _a.CreateKeyAsync(Scopes.ReleasesRead);

        var answers = await Task.WhenAll(_a.PostAsync($"/access/keys/{prefix}/rotate", new { }), _b.PostAsync($"/access/keys/{prefix}/rotate", new { }));

        var good = new List<string>();
        await Until.SoAsync(async () =>
        {
            good.Clear();
            foreach (var credential in answers.Select(answer => answer.Text("credential")))
            {
                if ((await _a.GetAsAsync(credential, "/applications")).Status == HttpStatusCode.OK)
                {
                    good.Add(credential);
                }
            }

            return good.Count == 1;
        });
        Assert.Equal(2L, await replicas.QueryAsync<long>($"select count(*) from audit_entries where action = 'key.rotate' and details ->> 'prefix' = '{prefix}'"));
    }

    [Fact]
    public async Task TheDatabaseRefusesAHashThatIsNone()
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => replicas.QueryAsync<object>("update access_keys set secret_hash = 'plain'"));

        Assert.Equal("access_keys_secret_hash_length", refused.ConstraintName);
    }

    [Fact]
    public void FirstKey_HasEveryScope() => Assert.Equal(Scopes.All, FirstKey.Scopes);
}
