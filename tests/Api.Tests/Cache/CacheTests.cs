using System.Net;
using Slipway.TestKit;
using StackExchange.Redis;

namespace Slipway.Api.Tests.Cache;

/// <summary>Two replicas each, and Redis treated badly. Alone in its collection: the metric counts for the whole process.</summary>
[Collection(nameof(CacheTests))]
[CollectionDefinition(nameof(CacheTests), DisableParallelization = true)]
public sealed class CacheTests(PostgresServer postgres) : IAsyncLifetime
{
    /// <summary>Long enough for a busy machine, except where the test waits for it.</summary>
    private const string Patient = "--Cache:Timeout=00:00:02";

    private readonly RedisServer _redis = new();
    private string _database = "";

    public async ValueTask InitializeAsync()
    {
        await _redis.InitializeAsync();
        _database = await TwoReplicas.MigratedAsync(postgres);
    }

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task WhatOneReplicaHasReadTheOtherTakesFromRedis()
    {
        await using var a = await StartAsync("a", Patient);
        await using var b = await StartAsync("b", Patient);
        var id = await RecordedAsync(a);
        await UntilUsedAsync(a);
        await UntilUsedAsync(b);
        using var reads = new CacheReads("release");

        var first = await a.GetAsync($"/releases/{id}");
        var second = await b.GetAsync($"/releases/{id}");
        await using var redis = await AdminAsync();
        foreach (var key in redis.Server.Keys(pattern: "*:release:*"))
        {
            await redis.Database.StringSetAsync(key, """{"from":"somebody else"}""");
        }

        var third = await b.GetAsync($"/releases/{id}");
        var fourth = await b.GetAsync($"/releases/{id}");

        Assert.All([second, third, fourth], answer => Assert.Equal(first.Raw, answer.Raw));
        Assert.Equal(["miss", "hit", "unsound", "hit"], reads.Outcomes);
    }

    [Fact]
    public async Task WhatAReplicaHasReadIsNotAskedOfRedisAgainUntilItChanges()
    {
        await using var a = await Replica.StartAsync("a", _database, _redis.ConnectionString, Patient);
        var id = await RecordedAsync(a);
        using var reads = new CacheReads("release");

        var first = await a.GetAsync($"/releases/{id}");
        await _redis.KillAsync();
        var second = await a.GetAsync($"/releases/{id}");
        await a.MoveAsync(id, "deploy");
        var third = await a.GetAsync($"/releases/{id}");

        Assert.Equal(first.Raw, second.Raw);
        Assert.Equal("memory", reads.Outcomes[1]);
        Assert.NotEqual("memory", reads.Outcomes[^1]);
        Assert.NotEqual(first.Text("state"), third.Text("state"));
    }

    [Fact]
    public async Task AReadAfterAWriteIsNeverOlderThroughAnyReplica()
    {
        await using var a = await StartAsync("a", Patient);
        await using var b = await StartAsync("b", Patient);
        var id = await RecordedAsync(a);
        await UntilUsedAsync(a);
        await UntilUsedAsync(b);
        using var busy = new CancellationTokenSource();
        // Others read all the time, so that the caches fill at every possible moment.
        var readers = new[] { a, b }.Select(replica => Task.Run(async () =>
        {
            while (!busy.IsCancellationRequested)
            {
                await replica.GetAsync($"/releases/{id}");
                await replica.GetAsync("/applications/cached/releases");
                await replica.GetAsync("/applications/cached");
            }
        })).ToList();

        for (var round = 0; round < 15; round++)
        {
            foreach (var (command, state, writer) in new[] { ("deploy", "deploying", a), ("fail", "failed", b) })
            {
                await writer.MoveAsync(id, command);
                foreach (var reader in new[] { b, a })
                {
                    Assert.Equal(state, await reader.StateAsync(id));
                    Assert.Equal([state], (await reader.GetAsync("/applications/cached/releases")).Items("state"));
                }
            }
        }

        await busy.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task AnOlderBodyThatArrivesInRedisAfterTheWriteIsNeverServed()
    {
        await using var a = await StartAsync("a", "--Cache:Timeout=00:00:00.300", "--Cache:SkipFor=00:00:00.010");
        await using var b = await StartAsync("b", Patient);
        var id = await RecordedAsync(a);
        await UntilUsedAsync(a);
        await UntilUsedAsync(b);
        await using var redis = await AdminAsync();

        // Redis answers reads and holds writes back: the reader's body waits there while the release changes.
        await redis.Database.ExecuteAsync("CLIENT", "PAUSE", "600000", "WRITE");
        var old = await a.GetAsync($"/releases/{id}");
        await b.MoveAsync(id, "deploy");
        await redis.Database.ExecuteAsync("CLIENT", "UNPAUSE");
        await Until.SoAsync(() => Task.FromResult(redis.Server.Keys(pattern: "*:release:*").Any()));

        Assert.Equal("recorded", old.Text("state"));
        Assert.Equal(("deploying", "deploying"), (await a.StateAsync(id), await b.StateAsync(id)));
        Assert.Equal(("deploying", "deploying"), (await a.StateAsync(id), await b.StateAsync(id)));
    }

    [Fact]
    public async Task WithRedisKilledAllIsServedAndItIsUsedAgainWhenItIsBack()
    {
        await using var a = await StartAsync("a", Patient, "--Cache:SkipFor=00:00:00.010");
        var id = await RecordedAsync(a);
        await UntilUsedAsync(a);
        await a.StateAsync(id);

        await _redis.KillAsync();
        await a.MoveAsync(id, "deploy");
        var without = await a.StateAsync(id);
        var health = await a.GetAsync("/health");

        Assert.Equal("deploying", without);
        Assert.Equal((HttpStatusCode.OK, "Degraded"), (health.Status, health.Text("status")));

        await _redis.StartAsync();
        await a.MoveAsync(id, "promote");
        await UntilUsedAsync(a);
        Assert.Equal("live", await a.StateAsync(id));
        await Until.SoAsync(async () => (await a.GetAsync("/health")).Text("status") == "Healthy");
    }

    [Fact]
    public async Task ARedisThatHangsDelaysOneRequestAndIsSkippedThen()
    {
        await using var a = await StartAsync("a", "--Cache:Timeout=00:00:00.200", "--Cache:SkipFor=00:05:00");
        var id = await RecordedAsync(a);
        await UntilConnectedAsync(a);
        using var reads = new CacheReads("release");

        _redis.Pause();
        await a.MoveAsync(id, "deploy");
        var states = new[] { await a.StateAsync(id), await a.StateAsync(id), await a.StateAsync(id) };
        // The check's last result is believed until it has reached its own timeout.
        await Until.SoAsync(async () => (await a.GetAsync("/health")).Text("status") == "Degraded");
        var health = await a.GetAsync("/health/readiness");
        _redis.Resume();

        Assert.All(states, state => Assert.Equal("deploying", state));
        Assert.Equal(["failed", "skipped", "skipped"], reads.Outcomes);
        Assert.Equal((HttpStatusCode.OK, "Degraded"), (health.Status, health.Text("status")));
    }

    [Fact]
    public async Task AReplicaThatStartsWhileRedisHangsOrIsAwayServes()
    {
        _redis.Pause();
        await using (var a = await StartAsync("a"))
        {
            Assert.Equal("recorded", await a.StateAsync(await RecordedAsync(a)));
        }

        await _redis.KillAsync();
        await using var b = await StartAsync("b");
        Assert.Equal(HttpStatusCode.OK, (await b.GetAsync("/applications/cached")).Status);
    }

    /// <summary>Without a memory of its own, so that each read asks Redis.</summary>
    private Task<Replica> StartAsync(string name, params string[] settings) => Replica.StartAsync(name, _database, _redis.ConnectionString, ["--Database:StaleBytes=0", .. settings]);

    private static async Task<string> RecordedAsync(Replica replica)
    {
        await replica.RegisterAsync("cached");
        return await replica.RecordAsync("cached", "1");
    }

    /// <summary>Until the replica has found something in Redis.</summary>
    private static async Task UntilUsedAsync(Replica replica)
    {
        using var reads = new CacheReads("application");
        await Until.SoAsync(async () =>
        {
            await replica.GetAsync("/applications/cached");
            return reads.Outcomes.Contains("hit");
        });
    }

    /// <summary>As the health check says, which leaves the circuit untouched.</summary>
    private static Task UntilConnectedAsync(Replica replica) => Until.SoAsync(async () => (await replica.GetAsync("/health")).Text("status") == "Healthy");

    private async Task<Admin> AdminAsync() => new(await ConnectionMultiplexer.ConnectAsync($"{_redis.ConnectionString},allowAdmin=true"), _redis.ConnectionString);

    private sealed class Admin(ConnectionMultiplexer connection, string endPoint) : IAsyncDisposable
    {
        public IDatabase Database => connection.GetDatabase();

        public IServer Server => connection.GetServer(endPoint);

        public ValueTask DisposeAsync()
        {
            connection.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
