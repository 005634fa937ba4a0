using System.Globalization;
using Slipway.MigrationService;
using Slipway.TestKit;

namespace Slipway.Api.Tests.Metrics;

public sealed class ApiMetricsTests(PostgresServer postgres)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task ReleasesSchemaPoolAndCacheAreCountedAndPromtoolHasNothingToComplainOf()
    {
        Assert.SkipWhen(Promtool.IsAbsent, Promtool.Absent);
        var redis = new RedisServer();
        await redis.InitializeAsync();
        var database = await TwoReplicas.MigratedAsync(postgres);
        await using (var first = await Replica.StartAsync("first", database, redis.ConnectionString))
        {
            await first.RegisterAsync("shop");
            await first.MoveAsync(await first.RecordAsync("shop", "1.0.0"), "deploy", "promote");
            await first.RecordAsync("shop", "2.0.0");
        }

        // Counts at its start, so what another one recorded is there at once.
        await using var replica = await Replica.StartAsync("second", database, redis.ConnectionString, "--Internal:Port=0");
        await replica.GetAsync("/applications/shop");
        await replica.GetAsync("/applications/shop");

        var text = await WhenAsync(replica, static text => text.Contains("slipway_api_releases{", StringComparison.Ordinal));

        foreach (var series in new[]
        {
            "slipway_api_releases{state=\"live\"} 1", "slipway_api_releases{state=\"recorded\"} 1", "slipway_api_releases{state=\"rolled-back\"} 0",
            $"slipway_api_schema_version {Migration.Embedded.Max(static migration => migration.Number)}\n", "slipway_api_cache_reads_total{kind=\"application\",outcome=\"memory\"} ", "db_client_connections{",
            "http_server_request_duration_seconds_count{",
        })
        {
            Assert.Contains("\n" + series, text, StringComparison.Ordinal);
        }

        Assert.True(Age(text) < s_limit.TotalSeconds);
        Assert.DoesNotContain("password", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("", await Promtool.ComplaintsAsync(text, TestContext.Current.CancellationToken));
        await redis.DisposeAsync();
    }

    [Fact]
    public async Task WhileTheDatabaseIsAwayTheLastFiguresStandWithTheirAge()
    {
        var own = new PostgresServer();
        await own.InitializeAsync();
        await using var replica = await Replica.StartAsync("a", await TwoReplicas.MigratedAsync(own), "127.0.0.1:1", "--Internal:Port=0");
        var before = await WhenAsync(replica, static text => text.Contains("\nslipway_api_figures_age_seconds ", StringComparison.Ordinal));

        await own.DisposeAsync();
        var after = await WhenAsync(replica, text => Age(text) > Age(before));

        Assert.Contains("\nslipway_api_schema_version ", after, StringComparison.Ordinal);
        Assert.Contains("\nslipway_api_releases{state=\"live\"} 0\n", after, StringComparison.Ordinal);
    }

    private static double Age(string text)
    {
        const string series = "slipway_api_figures_age_seconds ";
        var line = text.Split('\n').Single(line => line.StartsWith(series, StringComparison.Ordinal));
        return double.Parse(line[series.Length..], CultureInfo.InvariantCulture);
    }

    private static async Task<string> WhenAsync(Replica replica, Func<string, bool> condition)
    {
        using var http = new HttpClient { BaseAddress = replica.InternalAddress };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(s_limit);
        while (true)
        {
            var text = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), limit.Token);
            if (condition(text))
            {
                return text;
            }
        }
    }
}
