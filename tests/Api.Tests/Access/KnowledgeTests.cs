using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Slipway.Api.Access;
using Slipway.Api.Database;
using Slipway.TestKit;

namespace Slipway.Api.Tests.Access;

/// <summary>What replicas know of keys while the database, or what tells of changes, is away. Each test has a server of its own.</summary>
public sealed class KnowledgeTests : IAsyncLifetime
{
    private const string NoRedis = "127.0.0.1:1";

    private readonly PostgresServer _postgres = new();
    private string _database = "";
    private bool _isDown;

    public async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        _database = await TwoReplicas.MigratedAsync(_postgres);
    }

    public ValueTask DisposeAsync() => _isDown ? ValueTask.CompletedTask : _postgres.DisposeAsync();

    [Fact]
    public async Task WithoutNotificationsARevocationIsStillLearntOf()
    {
        await using var a = await Replica.StartAsync("a", _database, NoRedis);
        await using var b = await Replica.StartAsync("b", _database, NoRedis);
        await ExecuteAsync("""
            create or replace function announce_access_change() returns trigger language plpgsql as
            'begin update access_version set version = version + 1; return null; end'
            """);
        var (prefix, credential) = await a.CreateKeyAsync(Scopes.ReleasesRead);
        Assert.Equal(HttpStatusCode.OK, (await b.GetAsAsync(credential, "/applications")).Status);

        await a.RevokeAsync(prefix);

        await Until.SoAsync(async () => (await b.GetAsAsync(credential, "/applications")).Status == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task ALostConnectionIsReplacedAndNothingIsMissed()
    {
        await using var a = await Replica.StartAsync("a", _database, NoRedis);
        var (prefix, credential) = await a.CreateKeyAsync(Scopes.ReleasesRead);
        Assert.Equal(HttpStatusCode.OK, (await a.GetAsAsync(credential, "/applications")).Status);

        // In one statement: whoever learns of it late would have missed the notification.
        await ExecuteAsync($"""
            select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'slipway-api-keys';
            update access_keys set revoked_at = now() where prefix = '{prefix}'
            """);

        await Until.SoAsync(async () => (await a.GetAsAsync(credential, "/applications")).Status == HttpStatusCode.Unauthorized);
        await Until.SoAsync(async () => await CheckAsync(a) == "Healthy");
        Assert.Equal(HttpStatusCode.OK, (await a.GetAsync("/applications")).Status);
    }

    [Fact]
    public async Task WhereNothingCanBeListenedToTheDatabaseIsAsked()
    {
        await using var a = await Replica.StartAsync("a", _database, NoRedis);
        await using var b = await Replica.StartAsync("b", _database, NoRedis);
        var (prefix, credential) = await a.CreateKeyAsync(Scopes.ReleasesRead);
        Assert.Equal(HttpStatusCode.OK, (await b.GetAsAsync(credential, "/applications")).Status);
        var dedicated = b.Services.GetRequiredService<DedicatedConnection>();
        dedicated.From(new NpgsqlConnectionStringBuilder(_database) { Port = 1 });
        await ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'slipway-api-keys'");
        await Until.SoAsync(async () => await CheckAsync(b) == "Degraded");

        await a.RevokeAsync(prefix);

        await Until.SoAsync(async () => (await b.GetAsAsync(credential, "/applications")).Status == HttpStatusCode.Unauthorized);
        Assert.Equal("Degraded", await CheckAsync(b));
        dedicated.From(new NpgsqlConnectionStringBuilder(_database));
        await Until.SoAsync(async () => await CheckAsync(b) == "Healthy");
    }

    [Fact]
    public async Task WithTheDatabaseDownKnownKeysAreStillJudged()
    {
        await using var a = await Replica.StartAsync("a", _database, NoRedis);
        var (_, reader) = await a.CreateKeyAsync(Scopes.ReleasesRead);
        Assert.Equal(HttpStatusCode.OK, (await a.GetAsAsync(reader, "/applications")).Status);

        await TakeDownAsync();
        await Until.SoAsync(async () => await CheckAsync(a) == "Degraded");
        var read = await a.GetAsAsync(reader, "/applications");
        var written = await a.AsAsync(reader, HttpMethod.Post, "/applications", new { name = "x" });
        var wrong = await a.GetAsAsync(reader[..^1] + (reader[^1] == 'A' ? 'B' : 'A'), "/applications");

        read.IsProblem(HttpStatusCode.ServiceUnavailable, "database:unavailable");
        Assert.StartsWith("key:", read.Headers["X-Slipway-Client"], StringComparison.Ordinal);
        written.IsProblem(HttpStatusCode.Forbidden, "access:scope-needed");
        wrong.IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");
    }

    [Fact]
    public async Task ADatabaseThatDoesNotAnswerHoldsNoKnownKeyBack()
    {
        await using var a = await Replica.StartAsync("a", _database, NoRedis);
        await Until.SoAsync(async () => await CheckAsync(a) == "Healthy");
        var (_, reader) = await a.CreateKeyAsync(Scopes.ReleasesRead);
        Assert.Equal(HttpStatusCode.OK, (await a.GetAsAsync(reader, "/applications")).Status);

        await using var source = NpgsqlDataSource.Create(_database + ";Pooling=false");
        await using (var other = await source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using var hold = new NpgsqlCommand("begin; lock table access_version", other);
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await Until.SoAsync(async () => await CheckAsync(a) == "Degraded");
            (await a.AsAsync(reader, HttpMethod.Post, "/applications", new { name = "x" })).IsProblem(HttpStatusCode.Forbidden, "access:scope-needed");
        }

        await Until.SoAsync(async () => await CheckAsync(a) == "Healthy");
    }

    [Fact]
    public async Task KeysThatCouldNotBeReadForTooLongAreNotTaken()
    {
        await using var a = await Replica.StartAsync("a", _database, NoRedis, "--Access:Keys:KeepFor=00:00:01");
        Assert.Equal(HttpStatusCode.OK, (await a.GetAsync("/applications")).Status);

        await TakeDownAsync();

        // Without a key's proof there is no client to name.
        await Until.SoAsync(async () => await a.GetAsync("/applications") is { Status: HttpStatusCode.ServiceUnavailable } answer && !answer.Headers.ContainsKey("X-Slipway-Client"));
        Assert.Equal("Unhealthy", await CheckAsync(a));
    }

    private async Task TakeDownAsync()
    {
        _isDown = true;
        await _postgres.DisposeAsync();
    }

    private static async Task<string> CheckAsync(Replica replica) =>
        (await replica.GetAsync("/health")).Json.GetProperty("checks").GetProperty("access-keys").GetProperty("status").GetString()!;

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_database + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
