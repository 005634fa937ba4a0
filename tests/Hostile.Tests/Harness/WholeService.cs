using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Npgsql;
using Slipway.Api.Tests;
using Slipway.Gateway.Tests.Harness;
using Slipway.TestKit;

namespace Slipway.Hostile.Tests.Harness;

/// <summary>All of Slipway's request path as in production: PostgreSQL, Redis, an Api and the Gateway before it, on real ports of this machine.</summary>
public sealed class WholeService(PostgresServer postgres) : IAsyncLifetime
{
    private const string Requests = "http.server.active_requests";
    private const string Connections = "kestrel.active_connections";

    private readonly ConcurrentDictionary<(string What, int Port), long> _held = new();
    private readonly MeterListener _meters = new();

    public RedisServer Redis { get; } = new();

    internal Replica Api { get; private set; } = null!;

    internal RunningGateway Gateway { get; private set; } = null!;

    internal string Database { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name is Requests or Connections)
                listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            _held.AddOrUpdate((instrument.Name, instrument.Name == Connections ? PortOf(tags) : 0), value, (_, sum) => sum + value));
        _meters.Start();

        await Redis.InitializeAsync();
        Database = await TwoReplicas.MigratedAsync(postgres);
        Api = await Replica.StartAsync("a", Database, Redis.ConnectionString, "--Access:Keys:MaxKeys=10000", "--Access:Guessing:FreeTries=1000",
            // Small enough to be full soon: what grows later is no cache.
            "--Database:StaleBytes=1048576");
        Gateway = await StartGatewayAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null)
            await Gateway.DisposeAsync();
        if (Api is not null)
            await Api.DisposeAsync();
        await Redis.DisposeAsync();
        _meters.Dispose();
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>One more Gateway before the same Api.</summary>
    internal Task<RunningGateway> StartGatewayAsync(params (string Key, string Value)[] settings) => RunningGateway.Start(
        [Api.Client.BaseAddress!],
        [("ConnectionStrings:cache", Redis.ConnectionString), ("Gateway:Limits:Connections:HeadTimeout", "00:00:02"), .. settings]);

    /// <summary>Requests under way in Gateway and Api.</summary>
    internal long UnderWay => _held.GetValueOrDefault((Requests, 0));

    /// <summary>Connections that clients have open to the Gateway.</summary>
    internal long Open => _held.GetValueOrDefault((Connections, Gateway.Address.Port));

    internal async Task<T> QueryAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Database + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private static int PortOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var (name, value) in tags)
        {
            if (name == "server.port" && value is int port)
                return port;
        }

        return 0;
    }
}
