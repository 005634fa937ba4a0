using System.Diagnostics;
using Npgsql;
using Slipway.TestKit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Slipway.MigrationService.Tests;

/// <summary>Against a real server; each test has its own database. What is logged is read from a real process's standard error.</summary>
public sealed class MigrateTests(PostgresServer postgres)
{
    private static readonly (string, string)[] s_two = [("0001_a.sql", "create table a (x int)"), ("0002_b.sql", "create table b (x int); insert into b values (1)")];

    [Fact]
    public async Task TheServiceMigratesAnEmptyDatabaseAndASecondRunFindsNothingToDo()
    {
        var database = await postgres.CreateDatabaseAsync();

        var first = await MigrationRun.ProcessAsync(database);
        var again = await MigrationRun.ProcessAsync(database, "migrate");
        var status = await MigrationRun.ProcessAsync(database, "status");

        Assert.Equal((0, 0, 0), (first.ExitCode, again.ExitCode, status.ExitCode));
        Assert.Contains($"{Migration.Embedded.Count} migrations were applied", first.Error, StringComparison.Ordinal);
        Assert.Contains("0 migrations were applied", again.Error, StringComparison.Ordinal);
        Assert.Contains("applied  0001_create_releases.sql", status.Output, StringComparison.Ordinal);
        Assert.Equal(Migration.Embedded.Count, await MigrationRun.QueryAsync<long>(database, "select count(*) from schema_migrations where applied_by <> '' and duration > interval '0'"));
    }

    [Fact]
    public async Task TwoAtOnceApplyEachFileOnce()
    {
        var database = await postgres.CreateDatabaseAsync();
        (string, string)[] slow = [("0001_slow.sql", "select pg_sleep(0.2); create table once (x int)"), .. s_two.Select(file => (file.Item1.Replace("0002", "0003").Replace("0001", "0002"), file.Item2))];

        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => MigrationRun.WithAsync(database, slow)));

        Assert.All(runs, run => Assert.Equal(0, run.ExitCode));
        Assert.Equal(1L, await MigrationRun.QueryAsync<long>(database, "select count(*) from b"));
        Assert.Equal(3L, await MigrationRun.QueryAsync<long>(database, "select count(*) from schema_migrations"));
    }

    [Fact]
    public async Task WhoseTurnDoesNotComeIsToldWhoIsInTheWay()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var other = new NpgsqlConnection(database + ";Application Name=somebody else");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(other, $"select pg_advisory_lock({MigrationTurn.LockKey})");

        var run = await MigrationRun.ProcessAsync(database, "--Migrations:TurnTimeout=00:00:00.200");

        Assert.Equal(ExitCode.LockTimeout, run.ExitCode);
        Assert.Contains("somebody else from 127.0.0.1", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnEditedFileIsRefusedAndNothingIsApplied()
    {
        var database = await postgres.CreateDatabaseAsync();
        Assert.Equal(0, (await MigrationRun.WithAsync(database, s_two[..1])).ExitCode);

        var run = await MigrationRun.WithAsync(database, [("0001_a.sql", "create table a (x bigint)"), s_two[1]]);
        var status = await MigrationRun.WithAsync(database, [("0001_a.sql", "create table a (x bigint)"), s_two[1]], "status");

        Assert.Equal((ExitCode.Refused, ExitCode.Refused), (run.ExitCode, status.ExitCode));
        Assert.Contains("refused  0001_a.sql was edited", status.Output, StringComparison.Ordinal);
        Assert.True(await MigrationRun.QueryAsync<bool>(database, "select to_regclass('b') is null"));
    }

    [Fact]
    public async Task AFailingStatementRollsItsFileBackAndKeepsTheEarlierOnes()
    {
        var database = await postgres.CreateDatabaseAsync();

        var run = await MigrationRun.WithAsync(database, [s_two[0], ("0002_bad.sql", "create table half (x int);\n\ninsert into half\n  values (1, nope)")]);
        var retried = await MigrationRun.WithAsync(database, s_two);

        Assert.Equal((ExitCode.MigrationFailed, 0), (run.ExitCode, retried.ExitCode));
        Assert.True(await MigrationRun.QueryAsync<bool>(database, "select to_regclass('half') is null and to_regclass('a') is not null"));
    }

    [Fact]
    public async Task AFailingStatementIsPlacedByFileLineAndColumn()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var migration = Migration.Parse("0002_bad.sql", "create table half (x int);\n\ninsert into half\n  values (nope)");
        var statement = SqlStatements.Split(migration.Sql)[1];
        await ExecuteAsync(connection, "create table half (x int)");

        var error = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(connection, statement.Text));

        var message = FailedStatement.Describe(migration, statement, error);
        Assert.StartsWith("0002_bad.sql:4:11: column \"nope\" does not exist (SQLSTATE 42703)", message, StringComparison.Ordinal);
        Assert.Contains("4 |   values (nope)", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AStatementThatWaitsForALockOrRunsTooLongEndsInTime()
    {
        var database = await postgres.CreateDatabaseAsync();
        Assert.Equal(0, (await MigrationRun.WithAsync(database, s_two)).ExitCode);
        await using var other = new NpgsqlConnection(database);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(other, "begin; select * from a");

        var locked = await MigrationRun.WithAsync(database, [.. s_two, ("0003_c.sql", "alter table a add y int")], "--Migrations:LockTimeout=00:00:00.100");
        var slow = await MigrationRun.WithAsync(database, [.. s_two, ("0003_c.sql", "select pg_sleep(60)")], "--Migrations:StatementTimeout=00:00:00.100");

        Assert.Equal((ExitCode.LockTimeout, ExitCode.MigrationFailed), (locked.ExitCode, slow.ExitCode));
    }

    [Theory]
    [InlineData("create table c (x int); commit; create table d (x int)")]
    [InlineData("-- why\n BEGIN; create table c (x int)")]
    [InlineData("rollback")]
    public async Task AFileThatEndsItsTransactionIsRefused(string sql)
    {
        var database = await postgres.CreateDatabaseAsync();

        var run = await MigrationRun.WithAsync(database, [s_two[0], ("0002_c.sql", sql)]);

        Assert.Equal(ExitCode.Refused, run.ExitCode);
        Assert.True(await MigrationRun.QueryAsync<bool>(database, "select to_regclass('a') is null and to_regclass('c') is null"));
    }

    [Fact]
    public async Task ANewerDatabaseIsLeftAsItIs()
    {
        var database = await postgres.CreateDatabaseAsync();
        Assert.Equal(0, (await MigrationRun.WithAsync(database, s_two)).ExitCode);

        var older = await MigrationRun.WithAsync(database, s_two[..1]);
        var status = await MigrationRun.WithAsync(database, s_two[..1], "status");

        Assert.Equal((0, 0), (older.ExitCode, status.ExitCode));
        Assert.Contains("newer than this build", status.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnInterruptionRollsTheRunningFileBack()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var other = new NpgsqlConnection(database);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        // The first migration needs this name: its transaction waits for ours.
        await ExecuteAsync(other, "begin; create table applications (x int)");
        var process = MigrationRun.Start(database, "--Migrations:LockTimeout=00:01:00");
        await UntilAsync(database, "select exists (select from pg_stat_activity where application_name = 'slipway-migrations' and wait_event_type = 'Lock' and datname = current_database())");

        using (var kill = Process.Start("/bin/sh", ["-c", $"kill -INT {process.Id}"]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var run = await MigrationRun.EndAsync(process);
        await ExecuteAsync(other, "rollback");
        Assert.Equal(ExitCode.Interrupted, run.ExitCode);
        Assert.Contains("Interrupted", run.Error, StringComparison.Ordinal);
        Assert.Equal(0L, await MigrationRun.QueryAsync<long>(database, "select count(*) from schema_migrations"));
        Assert.Equal(0, (await MigrationRun.ProcessAsync(database)).ExitCode);
    }

    /// <summary>Asks again and again, each question a round trip, until the server says yes; the test's own time limit bounds it.</summary>
    private static async Task UntilAsync(string database, string question)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await MigrationRun.QueryAsync<bool>(database, question))
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
