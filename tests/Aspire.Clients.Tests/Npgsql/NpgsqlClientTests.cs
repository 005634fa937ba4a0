using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Slipway.Aspire.Clients.Tests.Npgsql;

public sealed class NpgsqlClientTests(PostgresServer postgres)
{
    [Fact]
    public async Task AQueryIsASpanInsideTheCallersActivity()
    {
        postgres.SkipWhenAbsent();
        var builder = TestHost.Builder(("ConnectionStrings:opsdb", postgres.ConnectionString));
        builder.AddNpgsqlDataSource("opsdb");
        using var host = await TestHost.StartAsync(builder);

        using var work = SpanLog.Begin();
        await using (var command = host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("select 41 + 1"))
            Assert.Equal(42, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        work.Stop();

        var spans = await host.Spans.ChildrenAsync(work, 1);
        Assert.Contains(spans, span => span.Source.Name == "Npgsql" && span.Kind == ActivityKind.Client);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ConnectionsAreMeteredUnlessThatIsTurnedOff(bool disabled)
    {
        postgres.SkipWhenAbsent();
        var builder = TestHost.Builder(
            ("ConnectionStrings:opsdb", postgres.ConnectionString), ("Aspire:Npgsql:DisableMetrics", disabled.ToString()));
        builder.AddNpgsqlDataSource("opsdb");
        using var metrics = new MetricLog();
        using var reader = new BaseExportingMetricReader(metrics);
        builder.Services.AddOpenTelemetry().WithMetrics(provider => provider.AddReader(reader));
        using var host = await TestHost.StartAsync(builder);

        await using (var command = host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("select 1"))
            await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        host.Services.GetRequiredService<MeterProvider>().ForceFlush();

        Assert.Equal(!disabled, metrics.Meters.Contains("Npgsql"));
    }

    private sealed class MetricLog : BaseExporter<Metric>
    {
        public HashSet<string> Meters { get; } = [];

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
                Meters.Add(metric.MeterName);
            return ExportResult.Success;
        }
    }

    [Fact]
    public async Task TracingCanBeTurnedOff()
    {
        postgres.SkipWhenAbsent();
        var builder = TestHost.Builder(("ConnectionStrings:opsdb", postgres.ConnectionString), ("Aspire:Npgsql:opsdb:DisableTracing", "true"));
        builder.AddNpgsqlDataSource("opsdb");
        using var host = await TestHost.StartAsync(builder);

        using var work = SpanLog.Begin();
        await using (var command = host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("select 1"))
            await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        work.Stop();

        Assert.Empty(host.Spans.ChildrenOf(work));
    }

    [Fact]
    public async Task KeyedClientsStandBesideThePlainOneUnderAllTheirTypes()
    {
        postgres.SkipWhenAbsent();
        var builder = TestHost.Builder(("ConnectionStrings:one", postgres.ConnectionString), ("ConnectionStrings:two", postgres.ConnectionString));
        builder.AddNpgsqlDataSource("one", configureDataSourceBuilder: source => source.Name = "first");
        builder.AddKeyedNpgsqlDataSource("two");
        using var host = await TestHost.StartAsync(builder);

        var one = host.Services.GetRequiredService<NpgsqlDataSource>();
        var two = host.Services.GetRequiredKeyedService<NpgsqlDataSource>("two");
        Assert.NotSame(one, two);
        Assert.Same(one, host.Services.GetRequiredService<DbDataSource>());
        Assert.Same(two, host.Services.GetRequiredKeyedService<DbDataSource>("two"));
        await using var connection = host.Services.GetRequiredKeyedService<DbConnection>("two");
        await connection.OpenAsync(TestContext.Current.CancellationToken);

        var report = await host.CheckHealthAsync();
        Assert.Equal(["PostgreSql", "PostgreSql_two"], report.Entries.Keys.Order());
        Assert.Equal(HealthStatus.Healthy, report.Status);
    }

    [Fact]
    public void Settings_FromAllSources_TheLaterWins()
    {
        var builder = TestHost.Builder(
            ("Aspire:Npgsql:ConnectionString", "Host=general"),
            ("Aspire:Npgsql:DisableMetrics", "true"),
            ("Aspire:Npgsql:opsdb:ConnectionString", "Host=named"),
            ("Aspire:Npgsql:opsdb:DisableTracing", "true"));
        string? named = null, general = null, connectionString = null;

        builder.AddNpgsqlDataSource("opsdb", settings =>
        {
            named = settings.ConnectionString;
            Assert.True(settings is { DisableMetrics: true, DisableTracing: true, DisableHealthChecks: false });
        });
        builder.AddKeyedNpgsqlDataSource("other", settings =>
        {
            general = settings.ConnectionString;
            Assert.False(settings.DisableTracing);
        });
        builder.Configuration["ConnectionStrings:opsdb"] = "Host=connection-string";
        builder.AddKeyedNpgsqlDataSource("opsdb", settings => connectionString = settings.ConnectionString);

        Assert.Equal(("Host=named", "Host=general", "Host=connection-string"), (named, general, connectionString));
    }

    [Fact]
    public async Task AMissingConnectionStringIsAFailedCheckAndNotAFailedEvaluation()
    {
        var builder = TestHost.Builder();
        builder.AddNpgsqlDataSource("absent");
        using var host = await TestHost.StartAsync(builder);

        var entry = (await host.CheckHealthAsync()).Entries["PostgreSql"];

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("'ConnectionStrings:absent'", entry.Description, StringComparison.Ordinal);
    }
}
