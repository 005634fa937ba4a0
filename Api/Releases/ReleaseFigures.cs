using System.Diagnostics.Metrics;
using Npgsql;
using Slipway.ServiceDefaults.Health;

namespace Slipway.Api.Releases;

/// <summary>
/// Releases by state, and the schema's version: <c>slipway.api.releases</c> by <c>state</c>, <c>slipway.api.schema.version</c>. Read every 15
/// seconds, whoever collects however often; while the database is away the last figures stand, and <c>slipway.api.figures.age</c> says how old they are.
/// </summary>
internal sealed class ReleaseFigures : BackgroundService
{
    public const string MeterName = "Slipway.Api.Releases";

    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(15);

    /// <summary>A round waits for a connection and for an answer.</summary>
    private static readonly TimeSpan s_silentFor = TimeSpan.FromMinutes(1);

    private readonly NpgsqlDataSource _dataSource;
    private readonly BackgroundLoops _loops;
    private readonly TimeProvider _clock;
    private readonly ILogger<ReleaseFigures> _logger;
    private volatile Figures? _latest;

    public ReleaseFigures(NpgsqlDataSource dataSource, IMeterFactory meters, BackgroundLoops loops, TimeProvider clock, ILogger<ReleaseFigures> logger)
    {
        (_dataSource, _loops, _clock, _logger) = (dataSource, loops, clock, logger);
        var meter = meters.Create(MeterName);
        meter.CreateObservableUpDownCounter("slipway.api.releases", ByState, "{release}", "Releases by their state.");
        meter.CreateObservableGauge(
            "slipway.api.schema.version", () => Of(static figures => figures.Schema), null, "Number of the last migration that the database has.");
        meter.CreateObservableGauge(
            "slipway.api.figures.age", () => Of(figures => clock.GetElapsedTime(figures.ReadAt).TotalSeconds), "s", "Time since the releases were counted.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var loop = _loops.Enter("release-figures", s_silentFor);
        var isFailing = false;
        do
        {
            try
            {
                _latest = await ReadAsync(stoppingToken);
                isFailing = false;
            }
            catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
            {
                // Once, not every 15 seconds: the database's own check tells the rest.
                if (!isFailing)
                {
                    _logger.FiguresNotRead(problem.Message);
                }

                isFailing = true;
            }

            loop.Beat();
            await Task.Delay(s_every, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!stoppingToken.IsCancellationRequested);
    }

    private async Task<Figures> ReadAsync(CancellationToken cancellationToken)
    {
        await using var batch = _dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select coalesce(max(number), 0) from schema_migrations"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select state, count(*) from releases group by state"));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var schema = reader.GetInt32(0);
        await reader.NextResultAsync(cancellationToken);
        var counts = Enum.GetValues<ReleaseState>().ToDictionary(ApiJson.Name, static _ => 0L);
        while (await reader.ReadAsync(cancellationToken))
        {
            counts[reader.GetString(0)] = reader.GetInt64(1);
        }

        return new Figures(schema, counts, _clock.GetTimestamp());
    }

    private IEnumerable<Measurement<long>> ByState() =>
        _latest is not { } figures ? [] : figures.Releases.Select(static count => new Measurement<long>(count.Value, new KeyValuePair<string, object?>("state", count.Key)));

    /// <summary>Nothing before the first reading: zero would be a lie.</summary>
    private IEnumerable<Measurement<T>> Of<T>(Func<Figures, T> read)
        where T : struct => _latest is { } figures ? [new Measurement<T>(read(figures))] : [];

    private sealed record Figures(int Schema, Dictionary<string, long> Releases, long ReadAt);
}
