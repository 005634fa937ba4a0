using System.Security.Cryptography;
using System.Net;
using Npgsql;
using Slipway.TestKit;

namespace Slipway.Api.Tests.Database;

/// <summary>Two replicas whose PostgreSQL is killed, paused or has no connection left.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private static readonly string s_key = RandomNumberGenerator.GetHexString(48, lowercase: true);

    private static readonly string[] s_settings =
        ["--Database:ConnectTimeout=00:00:01", "--Database:ReadTimeout=00:00:01", "--Database:WriteTimeout=00:00:02", "--Database:SkipFor=00:00:00.100",
        "--Cache:Timeout=00:00:02", $"--Health:DetailedKey={s_key}"];

    private readonly PostgresServer _postgres = new() { IsDurable = true };
    private readonly RedisServer _redis = new();
    private string _database = "";
    private Replica _a = null!;
    private Replica _b = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.InitializeAsync();
        await _postgres.InitializeAsync();
        _database = await TwoReplicas.MigratedAsync(_postgres);
        _a = await Replica.StartAsync("a", _database, _redis.ConnectionString, s_settings);
        _b = await Replica.StartAsync("b", _database, _redis.ConnectionString, s_settings);
        await UntilHealthAsync(_a, "Healthy");
        await UntilHealthAsync(_b, "Healthy");
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        await _postgres.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task WithPostgreSqlKilledWhatWasReadIsServedAsStaleByAnyReplicaAndWritesAreRefused()
    {
        await _a.RegisterAsync("shop");
        await _a.RegisterAsync("unread");
        var id = await _a.RecordAsync("shop", "1");
        var fresh = await _a.GetAsync($"/releases/{id}");
        Assert.False(fresh.Headers.ContainsKey("Cache-Status"));

        await _postgres.CrashAsync();
        var here = await _a.GetAsync($"/releases/{id}");
        var there = await _b.GetAsync($"/releases/{id}");
        var unread = await _a.GetAsync("/applications/unread");
        var unchanged = await _b.SendAsync(HttpMethod.Get, $"/releases/{id}", null, ("If-None-Match", fresh.Headers["ETag"]));
        var write = await _a.PostAsync("/applications", new { name = "other" });

        Assert.All([here, there], stale =>
        {
            Assert.Equal((HttpStatusCode.OK, fresh.Raw, fresh.Headers["ETag"]), (stale.Status, stale.Raw, stale.Headers["ETag"]));
            Assert.Matches("^slipway-api; hit; ttl=-[0-9]+; detail=database-unavailable$", stale.Headers["Cache-Status"]);
            Assert.Matches("^[0-9]+$", stale.Headers["Age"]);
        });
        Assert.Equal(HttpStatusCode.NotModified, unchanged.Status);
        unread.IsProblem(HttpStatusCode.ServiceUnavailable, "database:unavailable");
        write.IsProblem(HttpStatusCode.ServiceUnavailable, "database:unavailable");
        Assert.Equal(("2", "a"), (write.Headers["Retry-After"], write.Headers["X-Served-By"]));
    }

    [Fact]
    public async Task AReplicaThatHasServedIsDegradedWithoutPostgreSqlAndWellAgainWithoutARestart()
    {
        await _a.RegisterAsync("shop");
        await _a.GetAsync("/applications/shop");

        await _postgres.CrashAsync();
        await UntilHealthAsync(_a, "Degraded");
        await Until.SoAsync(async () => await CircuitAsync() == "open");
        var ready = await _a.GetAsync("/health/readiness");
        var detail = (await DetailAsync()).GetProperty("parts");

        Assert.True(ready is { Status: HttpStatusCode.OK } && ready.Text("status") == "Degraded", ready.Raw);
        Assert.True(detail.GetProperty("cache").GetProperty("staleReads").GetInt64() > 0);
        Assert.True(detail.GetProperty("cache").GetProperty("lastKnown").GetProperty("count").GetInt32() > 0);

        await _postgres.RestartAsync();
        await Until.SoAsync(async () => (await _a.PostAsync("/applications", new { name = "later" })).Status is HttpStatusCode.Created or HttpStatusCode.Conflict);
        Assert.Equal("closed", (await DetailAsync()).GetProperty("parts").GetProperty("database").GetProperty("circuit").GetString());
        Assert.False((await _a.GetAsync("/applications/shop")).Headers.ContainsKey("Cache-Status"));
        Assert.Equal(HttpStatusCode.OK, (await _b.GetAsync("/applications/later")).Status);
        await UntilHealthAsync(_a, "Healthy");

        async Task<string?> CircuitAsync()
        {
            await _a.GetAsync("/applications/shop");
            return (await DetailAsync()).GetProperty("parts").GetProperty("database").GetProperty("circuit").GetString();
        }
    }

    [Fact]
    public async Task WhileTheCircuitIsOpenNobodyWaits()
    {
        await using var c = await Replica.StartAsync(
            "c", _database, _redis.ConnectionString, [.. s_settings, "--Database:SkipFor=00:05:00", "--Database:FailuresInARow=2"]);
        await c.RegisterAsync("shop");
        await c.GetAsync("/applications/shop");

        _postgres.PauseAll();
        Answer[] asked = [await c.GetAsync("/applications/shop"), await c.PostAsync("/applications", new { name = "x" })];
        Answer[] skipped = [await c.PostAsync("/applications", new { name = "x" }), await c.GetAsync("/audit"), await c.GetAsync("/applications")];
        var read = await c.GetAsync("/applications/shop");
        _postgres.ResumeAll();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (asked[0].Status, asked[1].Status));
        Assert.All(skipped, answer =>
        {
            answer.IsProblem(HttpStatusCode.ServiceUnavailable, "database:unavailable");
            Assert.EndsWith("Nothing was done.", answer.Text("detail"), StringComparison.Ordinal);
            Assert.Equal("301", answer.Headers["Retry-After"]);
        });
        Assert.Equal(HttpStatusCode.OK, read.Status);
        Assert.Contains("ttl=-", read.Headers["Cache-Status"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task APausedPostgreSqlNeverMakesAReplicaUnready()
    {
        await using var c = await Replica.StartAsync("c", _database, _redis.ConnectionString);
        await UntilHealthAsync(c, "Healthy");

        _postgres.PauseAll();
        await Until.SoAsync(async () =>
        {
            var ready = await c.GetAsync("/health/readiness");
            Assert.True(ready.Status == HttpStatusCode.OK, ready.Raw);
            return ready.Text("status") == "Degraded";
        });
        _postgres.ResumeAll();

        await UntilHealthAsync(c, "Healthy");
    }

    [Fact]
    public async Task AWriteThatAPausedPostgreSqlDidNotAnswerIsDoneOnceWhenItIsRepeatedWithItsKey()
    {
        _postgres.PauseAll();
        var first = await _a.PostKeyedAsync("/applications", new { name = "paused" }, "p-1");
        _postgres.ResumeAll();
        Answer again = null!;
        await Until.SoAsync(async () => (again = await _b.PostKeyedAsync("/applications", new { name = "paused" }, "p-1")).Status is not
            (HttpStatusCode.ServiceUnavailable or HttpStatusCode.Conflict));

        first.IsProblem(HttpStatusCode.ServiceUnavailable, "database:unavailable");
        Assert.Equal(HttpStatusCode.Created, again.Status);
        Assert.Equal(["application.register"], (await _b.GetAsync("/audit?application=paused")).Items("action"));
    }

    [Fact]
    public async Task WithoutAFreeConnectionReadsAreStaleAndTheWriteThatHoldsItIsDone()
    {
        await using var c = await Replica.StartAsync(
            "c", $"{_database};Maximum Pool Size=1", _redis.ConnectionString, [.. s_settings, "--Database:WriteTimeout=00:01:00", "--Health:CacheFor=00:00:01"]);
        await c.RegisterAsync("busy");
        await c.GetAsync("/applications/busy");
        await using var source = NpgsqlDataSource.Create($"{_database};Pooling=false");
        await using var other = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var held = new NpgsqlCommand("select 1 from applications where name = 'busy' for update", other))
        {
            await held.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }

        var write = c.PostAsync("/applications/busy/releases", Requests.Release("1"));
        Answer read = null!;
        await Until.SoAsync(async () => (read = await c.GetAsync("/applications/busy")).Headers.ContainsKey("Cache-Status"));
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, read.Status);
        Assert.Equal(HttpStatusCode.Created, (await write).Status);
        await Until.SoAsync(async () => (await c.GetAsync("/applications/busy/releases")) is { Status: HttpStatusCode.OK } list && list.Items("version") is ["1"]);
    }

    [Fact]
    public async Task NoAcknowledgedWriteIsLostAndNoneIsDoneTwiceWhenPostgreSqlIsKilledUnderLoad()
    {
        const int Writers = 8;
        const int Each = 25;
        var acknowledged = 0;
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var number = 0; number < Each; number++)
            {
                var name = $"app-{writer}-{number}";
                Answer answer = null!;
                await Until.SoAsync(async () => (answer = await (number % 2 == 0 ? _a : _b).PostKeyedAsync("/applications", new { name }, name)).Status
                    is not HttpStatusCode.ServiceUnavailable && answer.Raw.Contains("idempotency:in-flight", StringComparison.Ordinal) is false);
                // 409 "the name is taken" would mean that an earlier attempt took effect and its answer was lost.
                Assert.True(answer.Status == HttpStatusCode.Created, answer.Raw);
                Interlocked.Increment(ref acknowledged);
            }
        })).ToList();

        await Until.SoAsync(() => Task.FromResult(Volatile.Read(ref acknowledged) > 20));
        await _postgres.CrashAsync();
        await _postgres.RestartAsync();
        await Task.WhenAll(writers);

        await using var source = NpgsqlDataSource.Create($"{_database};Pooling=false");
        await using var command = source.CreateCommand("""
            select (select count(*) from applications where name like 'app-%'), (select count(*) from audit_entries where action = 'application.register')
            """);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal((Writers * Each, (long)Writers * Each, (long)Writers * Each), (acknowledged, reader.GetInt64(0), reader.GetInt64(1)));
    }

    private static Task UntilHealthAsync(Replica replica, string status) => Until.SoAsync(async () => (await replica.GetAsync("/health")).Text("status") == status);

    private async Task<System.Text.Json.JsonElement> DetailAsync() =>
        (await _a.SendAsync(HttpMethod.Get, "/health/detailed", null, ("X-Api-Key", s_key))).Json;
}
