using Npgsql;
using Slipway.MigrationService;
using Slipway.TestKit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Slipway.Api.Tests;

/// <summary>Two replicas of the Api on one migrated database and one Redis of their own.</summary>
public sealed class TwoReplicas(PostgresServer postgres) : IAsyncLifetime
{
    public RedisServer Redis { get; } = new();

    internal Replica A { get; private set; } = null!;

    internal Replica B { get; private set; } = null!;

    internal string Database { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await Redis.InitializeAsync();
        Database = await MigratedAsync(postgres);
        A = await Replica.StartAsync("a", Database, Redis.ConnectionString);
        B = await Replica.StartAsync("b", Database, Redis.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await Redis.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
    }

    internal static async Task<string> MigratedAsync(PostgresServer postgres)
    {
        var database = await postgres.CreateDatabaseAsync();
        await MigrateAsync(database);
        return database;
    }

    internal static async Task MigrateAsync(string database) => Assert.Equal(0, await MigrationHost.RunAsync(
        ["migrate", $"--ConnectionStrings:opsdb={database}", $"--Access:FirstKeySecret={Requests.FirstSecret}", "--Logging:LogLevel:Slipway=Warning"],
        () => Migration.Embedded, TextWriter.Null, TestContext.Current.CancellationToken));

    internal async Task<T> QueryAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Database + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
