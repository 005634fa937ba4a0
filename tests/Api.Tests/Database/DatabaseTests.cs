using System.Net;
using Slipway.Api.Database;
using Slipway.MigrationService;
using Slipway.TestKit;

namespace Slipway.Api.Tests.Database;

public sealed class DatabaseTests(PostgresServer postgres)
{
    /// <summary>A port that nobody listens on; the Api serves without Redis.</summary>
    private const string NoRedis = "127.0.0.1:1";

    [Fact]
    public async Task WithoutTheSchemaItSaysWhatToDoAndGoesOnWhenThatIsDone()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var replica = await Replica.StartAsync("a", database, NoRedis);

        var health = await replica.GetAsync("/health");
        var request = await replica.GetAsync("/applications");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
        Assert.Equal(
            $"the schema is at 0, this build needs {SchemaCheck.Required}: run MigrationService migrate",
            health.Json.GetProperty("checks").GetProperty("schema").GetProperty("description").GetString());
        request.IsProblem(HttpStatusCode.ServiceUnavailable, "database:schema-too-old");

        await TwoReplicas.MigrateAsync(database);

        Assert.Equal(HttpStatusCode.OK, (await replica.GetAsync("/health")).Status);
        Assert.Equal(HttpStatusCode.OK, (await replica.GetAsync("/applications")).Status);
    }

    [Fact]
    public async Task AReplicaThatStartsWithoutTheDatabaseIsNotReadyAndSaysWhenToTryAgain()
    {
        var own = new PostgresServer();
        await own.InitializeAsync();
        var database = await TwoReplicas.MigratedAsync(own);
        await own.DisposeAsync();
        await using var replica = await Replica.StartAsync("a", database, NoRedis);

        var read = await replica.GetAsync("/applications/shop");
        var write = await replica.PostAsync("/applications", new { name = "other" });
        var health = await replica.GetAsync("/health");

        read.IsProblem(HttpStatusCode.ServiceUnavailable, "database:unavailable");
        write.IsProblem(HttpStatusCode.ServiceUnavailable, "database:unavailable");
        Assert.Equal(("2", "a"), (read.Headers["Retry-After"], read.Headers["X-Served-By"]));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
        Assert.Equal(HttpStatusCode.OK, (await replica.GetAsync("/alive")).Status);
    }

    [Fact]
    public async Task ADatabaseThatDoesNotAnswerIsGivenUpInTime()
    {
        var own = new PostgresServer();
        await own.InitializeAsync();
        await using var replica = await Replica.StartAsync("a", await TwoReplicas.MigratedAsync(own), NoRedis);

        own.PauseAll();
        var read = await replica.GetAsync("/applications");
        own.ResumeAll();

        read.IsProblem(HttpStatusCode.ServiceUnavailable, "database:unavailable");
        Assert.Equal(HttpStatusCode.OK, (await replica.GetAsync("/applications")).Status);
        await own.DisposeAsync();
    }

    [Fact]
    public void Required_IsTheLastMigration() => Assert.Equal(SchemaCheck.Required, Migration.Embedded[^1].Number);
}
