using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Api.Access;
using Slipway.TestKit;

namespace Slipway.Api.Tests.Access;

/// <summary>What a refused client is told, made to wait for, and what is written down of it; over real HTTP.</summary>
public sealed class RefusalTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string NoRedis = "127.0.0.1:1";

    /// <summary>A right prefix with a wrong secret.</summary>
    private static readonly string s_guess = "first." + new string('g', 40);

    private string _database = "";

    public async ValueTask InitializeAsync() => _database = await TwoReplicas.MigratedAsync(postgres);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task WhoGuessesWaitsAndTheRightKeyFromElsewhereDoesNot()
    {
        await using var replica = await StartAsync("--Access:Guessing:FreeTries=2", "--Access:Guessing:MaxDelay=01:00:00");
        for (var guess = 0; guess < 2; guess++)
        {
            (await replica.GetAsAsync(s_guess, "/applications", From("192.0.2.1"))).IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");
        }

        (await replica.GetAsAsync(s_guess, "/applications", From("192.0.2.1"))).IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");
        var delayed = await replica.GetAsAsync(s_guess, "/applications", From("192.0.2.1"));
        var rightFromThere = await replica.GetAsAsync(Requests.FirstKey, "/applications", From("192.0.2.1"));
        var rightFromElsewhere = await replica.GetAsAsync(Requests.FirstKey, "/applications", From("192.0.2.2"));
        var open = await replica.GetAsAsync(s_guess, "/health", From("192.0.2.1"));

        delayed.IsProblem(HttpStatusCode.TooManyRequests, "access:too-many-guesses");
        Assert.InRange(int.Parse(delayed.Headers["Retry-After"], CultureInfo.InvariantCulture), 1, 4);
        // Not looked at: otherwise whoever waits could go on guessing.
        rightFromThere.IsProblem(HttpStatusCode.TooManyRequests, "access:too-many-guesses");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (rightFromElsewhere.Status, open.Status));
    }

    [Fact]
    public async Task UnknownPrefixesAndWrongSecretsAreAnsweredAlike()
    {
        await using var replica = await StartAsync("--Access:Guessing:FreeTries=1000");

        var unknown = await replica.GetAsAsync("zzzz" + s_guess[5..], "/applications");
        var wrong = await replica.GetAsAsync(s_guess, "/applications");

        Assert.Equal(unknown.Status, wrong.Status);
        Assert.Equal(unknown.Text("detail"), wrong.Text("detail"));
        Assert.Equal(unknown.Headers["WWW-Authenticate"], wrong.Headers["WWW-Authenticate"]);
    }

    [Fact]
    public async Task AClaimedAddressBeforeTheTrustedHopCountsForNothing()
    {
        await using var replica = await StartAsync("--Access:Guessing:FreeTries=1", "--Access:Guessing:MaxDelay=01:00:00");

        // The Gateway replaces the header; were it another proxy that appends, the near end alone is its own word.
        for (var guess = 0; guess < 3; guess++)
        {
            await replica.GetAsAsync(s_guess, "/applications", From($"203.0.113.{guess}, 192.0.2.9"));
        }

        (await replica.GetAsAsync(s_guess, "/applications", From("192.0.2.9"))).IsProblem(HttpStatusCode.TooManyRequests, "access:too-many-guesses");
        (await replica.GetAsAsync(s_guess, "/applications", From("203.0.113.0"))).IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");
    }

    [Fact]
    public async Task RefusalsAreAddedUpInTheAudit()
    {
        await using (var replica = await StartAsync("--Access:RecordEvery=00:30:00", "--Access:Guessing:FreeTries=3", "--Shutdown:ReadinessDelay=00:00:00"))
        {
            var (_, credential) = await replica.CreateKeyAsync(Scopes.ReleasesRead);
            for (var round = 0; round < 3; round++)
            {
                await replica.GetAsAsync(s_guess, "/applications", From("192.0.2.1"));
                await replica.GetAsAsync(credential, "/audit", From("192.0.2.2"));
                await replica.GetAsAsync(null, "/audit");
            }

            await replica.GetAsAsync(s_guess, "/audit", From("192.0.2.1"));
            await replica.GetAsAsync(s_guess, "/audit", From("192.0.2.1"));
            Assert.Equal(0L, await QueryAsync<long>("select count(*) from audit_entries where action = 'client.refuse'"));
            await replica.StopAsync();
        }

        // Written when the replica ended.
        Assert.Equal(
            """
            key:first wrong 192.0.2.1 releases:read 3 nobody
            key:first wrong 192.0.2.1 audit:read 1 nobody
            key:first delayed 192.0.2.1 audit:read 1 nobody
            key:X forbidden 192.0.2.2 audit:read 3 key:X
            nobody none 127.0.0.1 audit:read 3 nobody
            """.Split('\n').Order(StringComparer.Ordinal),
            (await QueryAsync<string>("""
                select string_agg(format('%s %s %s %s %s %s', details ->> 'client', details ->> 'reason', details ->> 'address', details ->> 'scope', details ->> 'count', actor), E'\n')
                from audit_entries where action = 'client.refuse'
                """)).Split('\n').Select(line => System.Text.RegularExpressions.Regex.Replace(line, "key:(?!first)[a-z0-9]+", "key:X")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task AFloodOfRefusalsMakesFewRows()
    {
        await using (var replica = await StartAsync("--Access:RecordEvery=00:30:00"))
        {
            var refusals = replica.Services.GetRequiredService<Refusals>();
            for (var address = 0; address < 5_000; address++)
            {
                refusals.Note($"key:k{address}", ClientAddress.Of(new IPAddress([10, 1, (byte)(address >> 8), (byte)address])), "wrong", Scopes.ReleasesRead);
            }

            await refusals.WriteAsync(TestContext.Current.CancellationToken);
            await refusals.WriteAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(Refusals.MaxEntries + 1L, await QueryAsync<long>("select count(*) from audit_entries where action = 'client.refuse'"));
        Assert.Equal(5_000L, await QueryAsync<long>("select sum((details ->> 'count')::bigint)::bigint from audit_entries where action = 'client.refuse'"));
        Assert.Equal(1L, await QueryAsync<long>("select count(*) from audit_entries where details ->> 'client' = 'others'"));
    }

    [Fact]
    public async Task ALastUseIsWrittenInTheBackgroundAndAtMostOnceAMinute()
    {
        await using var a = await StartAsync("--Access:RecordEvery=00:00:00.100");
        await using var b = await StartAsync("--Access:RecordEvery=00:00:00.100");
        var before = await QueryAsync<long>("select version from access_version");
        await Until.SoAsync(async () => (await a.GetAsync("/access/keys/first")).Text("lastUsedAt").Length > 0);
        var first = await QueryAsync<DateTime>("select last_used_at from access_keys where prefix = 'first'");
        var uses = new LastUses(b.Services.GetRequiredService<NpgsqlDataSource>());
        var id = await QueryAsync<Guid>("select id from access_keys where prefix = 'first'");

        uses.Note(id, new DateTimeOffset(first).AddSeconds(59));
        await uses.WriteAsync(TestContext.Current.CancellationToken);
        var within = await QueryAsync<DateTime>("select last_used_at from access_keys where prefix = 'first'");
        uses.Note(id, new DateTimeOffset(first).AddSeconds(60));
        await uses.WriteAsync(TestContext.Current.CancellationToken);
        var after = await QueryAsync<DateTime>("select last_used_at from access_keys where prefix = 'first'");

        Assert.Equal((first, first.AddSeconds(60)), (within, after));
        // No replica reads its keys anew because one was used.
        Assert.Equal(before, await QueryAsync<long>("select version from access_version"));
    }

    [Fact]
    public async Task ATokenOfTheIssuerIsAClientLikeAKey()
    {
        using var issuer = new TestIssuer();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, issuer.Jwks(), TestContext.Current.CancellationToken);
        await using var replica = await StartAsync(
            $"--Access:Jwt:Issuer={TestIssuer.Issuer}", $"--Access:Jwt:Audience={TestIssuer.Audience}", $"--Access:Jwt:JwksFile={file}", "--Access:Guessing:FreeTries=3");
        var now = TimeProvider.System.GetUtcNow();
        var token = issuer.Token(TestIssuer.Claims(now).ToJsonString(), "ec", "ES256");
        var old = issuer.Token(TestIssuer.Claims(now.AddHours(-1)).ToJsonString());

        var made = await replica.AsAsync(null, HttpMethod.Post, "/applications", new { name = "by-token" }, ("Authorization", $"bearer {token}"));
        var forbidden = await replica.GetAsAsync(null, "/audit", ("Authorization", $"Bearer {token}"));
        var expired = await replica.GetAsAsync(null, "/applications", ("Authorization", $"Bearer {old}"));
        for (var guess = 0; guess < 4; guess++)
        {
            await replica.GetAsAsync(null, "/applications", ("Authorization", $"Bearer {token[..^4]}AAAA"), From("192.0.2.1"));
        }

        var delayed = await replica.GetAsAsync(null, "/applications", ("Authorization", $"Bearer {token}"), From("192.0.2.1"));
        File.Delete(file);

        Assert.Equal((HttpStatusCode.Created, "jwt:ada"), (made.Status, made.Headers["X-Slipway-Client"]));
        Assert.Equal("jwt:ada", await QueryAsync<string>("select actor from audit_entries where action = 'application.register'"));
        forbidden.IsProblem(HttpStatusCode.Forbidden, "access:scope-needed");
        Assert.Contains("error=\"insufficient_scope\", scope=\"audit:read\"", forbidden.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        expired.IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");
        Assert.Equal(("It has expired.", true), (expired.Text("detail"), expired.Headers["WWW-Authenticate"].Contains("Bearer realm=\"slipway\", error=\"invalid_token\"", StringComparison.Ordinal)));
        delayed.IsProblem(HttpStatusCode.TooManyRequests, "access:too-many-guesses");
    }

    [Fact]
    public async Task TheLastKeyThatManagesAccessStaysUntilThereIsAnother()
    {
        await using var replica = await StartAsync();
        (await replica.PostAsync("/access/keys/first/revoke", new { reason = "x" })).IsProblem(HttpStatusCode.Conflict, "access:last-manager");
        var (_, other) = await replica.CreateKeyAsync(Scopes.AccessManage);

        await replica.RevokeAsync("first");

        Assert.Equal(HttpStatusCode.OK, (await replica.GetAsAsync(other, "/access/keys")).Status);
        await Until.SoAsync(async () => (await replica.GetAsync("/applications")).Status == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task ThereAreOnlySoManyKeys()
    {
        await using var replica = await StartAsync("--Access:Keys:MaxKeys=2");
        var (prefix, _) = await replica.CreateKeyAsync(Scopes.ReleasesRead);

        (await replica.PostAsync("/access/keys", new { name = "x", scopes = Scopes.All })).IsProblem(HttpStatusCode.Conflict, "access:too-many-keys");
        await replica.RevokeAsync(prefix);
        await replica.CreateKeyAsync(Scopes.ReleasesRead);
    }

    [Fact]
    public async Task BadSettingsStopTheStartAllAtOnce()
    {
        var refused = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => StartAsync(
            "--Access:TrustedProxies:0=everybody", "--Access:Guessing:FreeTries=0", "--Access:Keys:KeepFor=2.00:00:00", "--Access:Jwt:Issuer=i", "--Access:Jwt:JwksUrl=http://i/keys"));

        Assert.All(["'everybody'", "FreeTries", "KeepFor", "Audience is missing", "https://"], fact => Assert.Contains(fact, refused.Message, StringComparison.Ordinal));
    }

    private Task<Replica> StartAsync(params string[] settings) => Replica.StartAsync("a", _database, NoRedis, settings);

    /// <summary>As the Gateway sends it, which the Api's default trusts on this machine.</summary>
    private static (string Name, string Value) From(string address) => ("X-Forwarded-For", address);

    private async Task<T> QueryAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_database + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
