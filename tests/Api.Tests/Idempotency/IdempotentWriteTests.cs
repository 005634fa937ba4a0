using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Slipway.Api.Idempotency;

namespace Slipway.Api.Tests.Idempotency;

public sealed class IdempotentWriteTests(TwoReplicas replicas) : IClassFixture<TwoReplicas>
{
    private readonly Replica _a = replicas.A;
    private readonly Replica _b = replicas.B;

    [Fact]
    public async Task ARepeatedRequestGetsTheSameAnswerThroughAnyReplicaAndHasItsEffectOnce()
    {
        var first = await _a.PostKeyedAsync("/applications", new { name = "once" }, "once-1");
        var again = await _b.PostKeyedAsync("/applications", new { name = "once" }, "once-1");

        Assert.Equal(HttpStatusCode.Created, first.Status);
        Assert.Equal((first.Status, first.Raw), (again.Status, again.Raw));
        Assert.All(["Location", "ETag", "Content-Type"], name => Assert.Equal(first.Headers[name], again.Headers[name]));
        Assert.Equal((false, "true"), (first.Headers.ContainsKey("Idempotency-Replayed"), again.Headers["Idempotency-Replayed"]));
        Assert.Equal(["application.register"], (await _a.GetAsync("/audit?application=once")).Items("action"));
    }

    [Fact]
    public async Task ARepeatedMoveIsNotASecondMove()
    {
        await _a.RegisterAsync("moved");
        var id = await _a.RecordAsync("moved", "1");
        var first = await _a.PostKeyedAsync($"/releases/{id}/transitions", new { command = "deploy", reason = "r" }, "move");
        await _a.MoveAsync(id, "fail");
        var again = await _b.PostKeyedAsync($"/releases/{id}/transitions", new { command = "deploy", reason = "r" }, "move");

        Assert.Equal((HttpStatusCode.OK, "deploying"), (first.Status, first.Text("state")));
        Assert.Equal((first.Status, first.Raw, first.Headers["ETag"]), (again.Status, again.Raw, again.Headers["ETag"]));
        Assert.Equal("failed", await _b.StateAsync(id));
    }

    [Fact]
    public async Task AKeyWithAnotherRequestIsRefusedAndElsewhereItIsAnotherKey()
    {
        await _a.PostKeyedAsync("/applications", new { name = "reused" }, "k");
        (await _b.PostKeyedAsync("/applications", new { name = "reused-2" }, "k")).IsProblem(HttpStatusCode.UnprocessableEntity, "idempotency:key-reused");
        Assert.Equal(HttpStatusCode.NotFound, (await _a.GetAsync("/applications/reused-2")).Status);

        var elsewhere = await _b.PostKeyedAsync("/applications/reused/releases", Requests.Release("1"), "k");
        Assert.Equal(HttpStatusCode.Created, elsewhere.Status);
    }

    [Fact]
    public async Task WhatTheStateOfThingsForbadeIsAnsweredAgainAndWhatWasMalformedIsNot()
    {
        await _a.RegisterAsync("forbidden");
        await _a.RecordAsync("forbidden", "1");
        var taken = await _a.PostKeyedAsync("/applications/forbidden/releases", Requests.Release("1", "other"), "t");
        var again = await _b.PostKeyedAsync("/applications/forbidden/releases", Requests.Release("1", "other"), "t");
        (await _a.PostKeyedAsync("/applications/forbidden/releases", new { version = "!" }, "m")).IsProblem(HttpStatusCode.BadRequest, "releases:invalid");
        var corrected = await _a.PostKeyedAsync("/applications/forbidden/releases", Requests.Release("2"), "m");

        taken.IsProblem(HttpStatusCode.Conflict, "releases:version-taken");
        Assert.Equal((taken.Status, taken.Raw, "true"), (again.Status, again.Raw, again.Headers["Idempotency-Replayed"]));
        Assert.Equal(HttpStatusCode.Created, corrected.Status);
    }

    [Fact]
    public async Task WhileTheFirstIsInFlightTheSecondIsToldToComeAgain()
    {
        await _a.RegisterAsync("flight");
        await using var held = await Held.ApplicationAsync(replicas.Database, "flight");
        var first = _a.PostKeyedAsync("/applications/flight/releases", Requests.Release("1"), "f");
        Answer second = null!;
        // Until the first has its key, the second would wait for the application like the first.
        await Until.SoAsync(async () => await held.WaitersAsync() == 1);
        second = await _b.PostKeyedAsync("/applications/flight/releases", Requests.Release("1"), "f");
        await held.ReleaseAsync();
        var done = await first;
        var third = await _b.PostKeyedAsync("/applications/flight/releases", Requests.Release("1"), "f");

        second.IsProblem(HttpStatusCode.Conflict, "idempotency:in-flight");
        Assert.Equal("1", second.Headers["Retry-After"]);
        Assert.Equal((HttpStatusCode.Created, done.Raw), (done.Status, third.Raw));
    }

    [Fact]
    public async Task AnEffectWhoseConnectionDiesLeavesNothingAndTheKeyIsFree()
    {
        await _a.RegisterAsync("dying");
        await using var held = await Held.ApplicationAsync(replicas.Database, "dying");
        var first = _a.PostKeyedAsync("/applications/dying/releases", Requests.Release("1"), "d");
        await Until.SoAsync(async () => await held.WaitersAsync() == 1);
        await held.TerminateWaitersAsync();
        (await first).IsProblem(HttpStatusCode.ServiceUnavailable, "database:unavailable");
        await held.ReleaseAsync();

        var again = await _b.PostKeyedAsync("/applications/dying/releases", Requests.Release("1"), "d");

        Assert.Equal((HttpStatusCode.Created, false), (again.Status, again.Headers.ContainsKey("Idempotency-Replayed")));
        Assert.Equal(["release.record", "application.register"], (await _a.GetAsync("/audit?application=dying")).Items("action"));
    }

    [Fact]
    public async Task OfManyAtOnceOneIsCarriedOut()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? _a : _b).PostKeyedAsync("/applications", new { name = "rush" }, "rush")));

        Assert.All(answers, answer => Assert.True(
            answer.Status == HttpStatusCode.Created || answer.Raw.Contains("idempotency:in-flight", StringComparison.Ordinal), answer.Raw));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created && !answer.Headers.ContainsKey("Idempotency-Replayed"));
        Assert.Equal(["application.register"], (await _a.GetAsync("/audit?application=rush")).Items("action"));
    }

    [Theory]
    [InlineData("unquoted")]
    [InlineData("\"\"")]
    [InlineData("\"a\";b")]
    public async Task AMalformedKeyIsRefused(string key)
    {
        var refused = await _a.SendAsync(HttpMethod.Post, "/applications", System.Net.Http.Json.JsonContent.Create(new { name = "malformed" }), ("Idempotency-Key", key));
        refused.IsProblem(HttpStatusCode.BadRequest, "idempotency:malformed-key");
        Assert.Equal(HttpStatusCode.NotFound, (await _a.GetAsync("/applications/malformed")).Status);
    }

    [Fact]
    public async Task ABodyThatIsTooLargeIsRefusedWithAKeyToo()
    {
        var refused = await _a.PostKeyedAsync("/applications", new { name = "large", description = new string('a', 300_000) }, "large");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "application/problem+json"), (refused.Status, refused.Headers["Content-Type"]));
    }

    [Fact]
    public async Task AnExpiredAnswerIsForgottenAndRemoved()
    {
        await _a.PostKeyedAsync("/applications", new { name = "expiring" }, "e");
        await ExecuteAsync("update idempotency_keys set expires_at = now() - interval '1 second' where request = 'POST /applications'");
        // Nothing is replayed: it is carried out, and the name is taken.
        (await _b.PostKeyedAsync("/applications", new { name = "expiring" }, "e")).IsProblem(HttpStatusCode.Conflict, "releases:name-taken");

        await ExecuteAsync("update idempotency_keys set expires_at = now() - interval '1 second'");
        await using var cleaner = await Replica.StartAsync("c", replicas.Database, replicas.Redis.ConnectionString, "--Idempotency:CleanEvery=00:00:01");
        await Until.SoAsync(async () => await replicas.QueryAsync<long>("select count(*) from idempotency_keys where expires_at < now()") == 0);
        Assert.Equal(HttpStatusCode.OK, (await cleaner.GetAsync("/alive")).Status);
    }

    /// <summary>But those for API keys: what they answer holds a secret, which would be kept to be answered again.</summary>
    [Fact]
    public void EveryPostTakesAKey()
    {
        var posts = _a.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("POST") == true)
            .Where(post => !post.RoutePattern.RawText!.StartsWith("/access/", StringComparison.Ordinal)).ToList();

        Assert.True(posts.Count >= 4);
        Assert.All(posts, post => Assert.True(post.Metadata.GetMetadata<TakesIdempotencyKey>() is not null, post.RoutePattern.RawText));
    }

    private Task<object?> ExecuteAsync(string sql) => Held.ExecuteAsync(replicas.Database, sql);

    /// <summary>An application's row, locked by somebody else: a write to its releases waits in the middle of its transaction.</summary>
    private sealed class Held(NpgsqlDataSource source, NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public static async Task<Held> ApplicationAsync(string database, string name)
        {
            var source = NpgsqlDataSource.Create($"{database};Pooling=false");
            var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
            var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand("select 1 from applications where name = $1 for update", connection) { Parameters = { new() { Value = name } } };
            await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
            return new Held(source, connection, transaction);
        }

        public static async Task<object?> ExecuteAsync(string database, string sql)
        {
            await using var source = NpgsqlDataSource.Create($"{database};Pooling=false");
            await using var command = source.CreateCommand(sql);
            return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }

        public async Task<long> WaitersAsync() => (long)(await QueryAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"))!;

        public Task<object?> TerminateWaitersAsync() => QueryAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");

        public Task ReleaseAsync() => transaction.RollbackAsync(TestContext.Current.CancellationToken);

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
            await source.DisposeAsync();
        }

        private async Task<object?> QueryAsync(string sql)
        {
            await using var command = source.CreateCommand(sql);
            return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }
    }
}
