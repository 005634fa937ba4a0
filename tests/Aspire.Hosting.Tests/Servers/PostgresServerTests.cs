using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Slipway.TestKit;

namespace Aspire.Hosting.Tests.Servers;

/// <summary>Health and databases of a PostgreSQL resource against a real server.</summary>
public sealed class PostgresServerTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IAsyncDisposable
{
    private readonly ServerModel _model = new();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task Server_ReadyTwice_CreatesEachDatabaseOnce()
    {
        var server = await ServerAsync();
        var plain = server.AddDatabase("plain", "Odd \"name\"; with all");
        var scripted = server.AddDatabase("scripted").WithCreationScript("CREATE DATABASE scripted CONNECTION LIMIT 7");
        await _model.AnnounceAsync(server.Resource, plain.Resource, scripted.Resource);
        Assert.Equal(HealthStatus.Healthy, (await _model.CheckAsync("pg_check")).Status);
        Assert.Equal(HealthStatus.Unhealthy, (await _model.CheckAsync("plain_check")).Status);

        await _model.ReadyAsync(server.Resource);
        await _model.ReadyAsync(server.Resource);

        Assert.Equal(HealthStatus.Healthy, (await _model.CheckAsync("plain_check")).Status);
        Assert.Equal(HealthStatus.Healthy, (await _model.CheckAsync("scripted_check")).Status);
        Assert.Equal(7, await ScalarAsync("select datconnlimit from pg_database where datname = 'scripted'"));
        Assert.Equal(1L, await ScalarAsync("select count(*) from pg_database where datname = 'Odd \"name\"; with all'"));
    }

    [Fact]
    public async Task Server_OneScriptFails_CreatesTheOthersAndSaysSoOnItsLog()
    {
        var server = await ServerAsync();
        server.AddDatabase("broken").WithCreationScript("CREATE NOTHING");
        var other = server.AddDatabase("after-broken", "after_broken");
        await _model.AnnounceAsync(server.Resource, other.Resource);
        await _model.ReadyAsync(server.Resource);
        Assert.Equal(HealthStatus.Healthy, (await _model.CheckAsync("after-broken_check")).Status);
        var loggers = _model.Services.GetRequiredService<ResourceLoggerService>();
        var lines = new List<string>();
        await foreach (var batch in loggers.GetAllAsync(server.Resource).WithCancellation(TestContext.Current.CancellationToken))
        {
            lines.AddRange(batch.Select(l => l.Content));
        }

        Assert.Contains(lines, l => l.Contains("Failed to create database 'broken'", StringComparison.Ordinal));
    }

    /// <summary>An AppHost may run the server as a local process that shares the container's annotations.</summary>
    [Fact]
    public async Task Server_ReplacedByAnExecutableWithItsAnnotations_KeepsHealthAndDatabases()
    {
        var server = await ServerAsync();
        var database = server.AddDatabase("moved", "moved_here");
        var local = new LocalServer(server.Resource);
        _model.Builder.Resources[_model.Builder.Resources.IndexOf(server.Resource)] = local;
        await _model.AnnounceAsync(server.Resource, database.Resource);
        await _model.ReadyAsync(server.Resource);
        Assert.Equal("pg_check", Assert.Single(local.Annotations.OfType<HealthCheckAnnotation>()).Key);
        Assert.Equal(HealthStatus.Healthy, (await _model.CheckAsync("pg_check")).Status);
        Assert.Equal(HealthStatus.Healthy, (await _model.CheckAsync("moved_check")).Status);
    }

    [Fact]
    public async Task Check_BeforeTheConnectionStringIsKnown_IsUnhealthyAndSaysWhy()
    {
        await ServerAsync();
        var entry = await _model.CheckAsync("pg_check");
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Equal("Connection string is unavailable", entry.Description);
    }

    [Fact]
    public async Task Check_WrongPassword_IsUnhealthyWithTheServersReason()
    {
        var server = await ServerAsync(password: "wrong");
        await _model.AnnounceAsync(server.Resource);
        var entry = await _model.CheckAsync("pg_check");
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("password authentication failed", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_BeforeTheConnectionStringIsKnown_NamesTheResource()
    {
        var server = await ServerAsync();
        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => _model.ReadyAsync(server.Resource));
        Assert.Contains("'pg'", exception.Message, StringComparison.Ordinal);
    }

    private async Task<IResourceBuilder<PostgresServerResource>> ServerAsync(string? password = null)
    {
        var real = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        var server = _model.Builder.AddPostgres("pg", password: _model.Secret("pg-secret", password ?? real.Password!));
        ServerModel.Allocate(server.Resource, real.Port);
        return server;
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(await postgres.CreateDatabaseAsync());
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private sealed class LocalServer(ContainerResource container) : ExecutableResource(container.Name, "postgres", "/")
    {
        public override ResourceAnnotationCollection Annotations => container.Annotations;
    }
}
