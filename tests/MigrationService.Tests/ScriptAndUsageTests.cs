using Slipway.TestKit;

namespace Slipway.MigrationService.Tests;

public sealed class ScriptAndUsageTests(PostgresServer postgres)
{
    [Fact]
    public async Task TheScriptRunByPsqlDoesWhatMigrateDoesAndRunsTwice()
    {
        var database = await postgres.CreateDatabaseAsync();
        var script = await MigrationRun.ProcessAsync(null, "script", "--all");

        var first = await MigrationRun.PsqlAsync(database, script.Output);
        var again = await MigrationRun.PsqlAsync(database, script.Output);
        var status = await MigrationRun.ProcessAsync(database, "status");
        var rest = await MigrationRun.ProcessAsync(database, "script");

        Assert.Equal((0, "", ""), (first.ExitCode, first.Error, first.Output));
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Equal(0, status.ExitCode);
        Assert.Equal(0, (await MigrationRun.ProcessAsync(database)).ExitCode);
        Assert.DoesNotContain("create table releases", rest.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheScriptRefusesADatabaseThatWasMigratedByAnEditedFile()
    {
        var database = await postgres.CreateDatabaseAsync();
        Assert.Equal(0, (await MigrationRun.WithAsync(database, [("0001_a.sql", "create table a (x int)")])).ExitCode);

        var script = MigrationScript.Render([Migration.Parse("0001_a.sql", "create table a (x bigint)")], new MigrationOptions());
        var run = await MigrationRun.PsqlAsync(database, script);

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("was applied from another file", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StatusOfAnEmptyDatabaseIsPendingAndChangesNothing()
    {
        var database = await postgres.CreateDatabaseAsync();

        var run = await MigrationRun.WithAsync(database, [("0001_a.sql", "create table a (x int)")], "status");

        Assert.Equal(ExitCode.Pending, run.ExitCode);
        Assert.Contains("pending  0001_a.sql", run.Output, StringComparison.Ordinal);
        Assert.True(await MigrationRun.QueryAsync<bool>(database, "select to_regclass('schema_migrations') is null"));
    }

    [Theory]
    [InlineData(ExitCode.Usage, "Unknown verb 'migrat'", "migrat")]
    [InlineData(ExitCode.Usage, "Unknown option '--force'", "migrate", "--force")]
    [InlineData(ExitCode.Usage, "LockTimeout", "--Migrations:LockTimeout=00:00:00")]
    [InlineData(ExitCode.Usage, "ConnectionStrings__opsdb", "migrate")]
    [InlineData(ExitCode.NoConnection, "No connection to database 'ops' on 127.0.0.1:1 as 'me'", "--ConnectionStrings:opsdb=Host=127.0.0.1;Port=1;Database=ops;Username=me;Password=kQ7vR2mZ8xW4nB6t", "--Migrations:ConnectTimeout=00:00:00.300")]
    public async Task WhatCannotRunSaysWhy(int exitCode, string message, params string[] arguments)
    {
        var run = await MigrationRun.ProcessAsync(null, arguments);

        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("kQ7vR2mZ8xW4nB6t", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWrongPasswordIsNotTriedAgain()
    {
        var database = await postgres.CreateDatabaseAsync();

        var run = await MigrationRun.ProcessAsync(database + ";Password=kQ7vR2mZ8xW4nB6t", "--Migrations:ConnectTimeout=01:00:00");

        Assert.Equal(ExitCode.NoConnection, run.ExitCode);
        Assert.Contains("password authentication failed", run.Error, StringComparison.Ordinal);
    }
}
