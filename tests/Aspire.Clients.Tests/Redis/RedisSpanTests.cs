using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Slipway.Aspire.Clients.Tests.Redis;

public sealed class RedisSpanTests(RedisServer redis)
{
    private async Task<TestHost> StartAsync(params (string Key, string? Value)[] settings)
    {
        redis.SkipWhenAbsent();
        var builder = TestHost.Builder(
            [("ConnectionStrings:cache", redis.ConnectionString), ("ConnectionStrings:second", redis.ConnectionString), .. settings]);
        builder.AddRedisClient("cache");
        builder.AddKeyedRedisClient("second");
        return await TestHost.StartAsync(builder);
    }

    private static IDatabase Database(TestHost host) => host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();

    [Fact]
    public async Task ACommandIsASpanInsideTheCallersActivity()
    {
        using var host = await StartAsync();
        var database = Database(host);

        using var work = SpanLog.Begin();
        await database.StringSetAsync("k", "v");
        database.StringGet("k");
        work.Stop();
        var spans = await host.Spans.ChildrenAsync(work, 2);

        Assert.Equal(["GET", "SET"], spans.Select(span => span.DisplayName).Order());
        Assert.All(spans, span =>
        {
            Assert.Equal("OpenTelemetry.Instrumentation.StackExchangeRedis", span.Source.Name);
            Assert.Equal(ActivityKind.Client, span.Kind);
            Assert.Equal(work.TraceId, span.TraceId);
            Assert.Equal("redis", span.GetTagItem("db.system.name"));
            Assert.Equal(span.DisplayName, span.GetTagItem("db.operation.name"));
            Assert.Equal("0", span.GetTagItem("db.namespace"));
            Assert.Equal("127.0.0.1", span.GetTagItem("server.address"));
            Assert.Equal(redis.Port, span.GetTagItem("server.port"));
            // It happened inside; a wrong unit of time would make it a hundred times as long.
            Assert.InRange(span.Duration, TimeSpan.FromTicks(1), work.Duration);
        });
    }

    [Fact]
    public async Task ActivitiesThatRunSideBySideKeepTheirOwnCommands()
    {
        using var host = await StartAsync();
        var database = Database(host);

        var all = await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
        {
            using var work = SpanLog.Begin();
            for (var i = 0; i <= number % 5; i++)
                await database.StringGetAsync($"k{i}");
            return (Work: work, Commands: number % 5 + 1);
        }));

        foreach (var (work, commands) in all)
            Assert.Equal(commands, (await host.Spans.ChildrenAsync(work, commands)).Count);
    }

    [Fact]
    public async Task AnActivityThatGoesOnShowsItsCommandsMeanwhile()
    {
        using var host = await StartAsync();
        var database = Database(host);

        using var work = SpanLog.Begin();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => database.StringGetAsync("k")));

        Assert.Equal(300, (await host.Spans.ChildrenAsync(work, 300)).Count);
        Assert.False(work.IsStopped);
    }

    [Fact]
    public async Task ACommandThatOutlivesItsActivityIsNotGivenToAnother()
    {
        using var host = await StartAsync();
        var database = Database(host);
        var second = host.Services.GetRequiredKeyedService<IConnectionMultiplexer>("second").GetDatabase();
        // Writes wait, on the connections that ask for one; reads of others go on.
        await second.ExecuteAsync("CLIENT", "PAUSE", "30000", "WRITE");

        using var first = SpanLog.Begin("first");
        var late = database.StringSetAsync("late", "1");
        first.Stop();
        // The second client is swept after the first one: once its span is there, the first activity's commands are closed too.
        using var marker = SpanLog.Begin("marker");
        await second.StringGetAsync("k");
        marker.Stop();
        await host.Spans.ChildrenAsync(marker, 1);

        using var next = SpanLog.Begin("next");
        var own = database.StringSetAsync("own", "1");
        await second.ExecuteAsync("CLIENT", "UNPAUSE");
        await Task.WhenAll(late, own);
        next.Stop();

        // The other is the command that ended the pause, which has no name of its own in the client.
        Assert.Equal(["SET", "UNKNOWN"], (await host.Spans.ChildrenAsync(next, 2)).Select(span => span.DisplayName).Order());
        Assert.Empty(host.Spans.ChildrenOf(first));
    }

    [Fact]
    public async Task StoppingTheHostEmitsWhatIsFinished()
    {
        var host = await StartAsync();
        using var work = SpanLog.Begin();
        Database(host).StringSet("k", "v");
        work.Stop();
        // The client completes a command an instant after it has answered; the next command can't start before.
        Database(host).Ping();

        host.Dispose();

        Assert.Contains(host.Spans.ChildrenOf(work), span => span.DisplayName == "SET");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NothingIsRecordedWithoutARecordedActivityOrWithTracingOff(bool disabled)
    {
        using var host = disabled
            ? await StartAsync(("Aspire:StackExchange:Redis:DisableTracing", "true"))
            : await StartAsync();
        var database = Database(host);

        using var work = SpanLog.Begin();
        if (!disabled)
            work.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        await database.StringGetAsync("k");
        work.Stop();

        // Whatever had been recorded comes out when the host ends.
        host.Dispose();
        Assert.Empty(host.Spans.ChildrenOf(work));
    }
}
