using System.Security.Cryptography;
using System.Text;
using Slipway.TestKit;

namespace Slipway.MigrationService.Tests;

public sealed class FirstKeyTests(PostgresServer postgres)
{
    private const string Secret = "only-for-tests-3f9c1d7e5b2a48600d";

    [Fact]
    public async Task TheFirstKeyIsStoredAsItsHashAloneAndWithItsAuditEntry()
    {
        var database = await postgres.CreateDatabaseAsync();

        var run = await RunAsync(database, Secret);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("The first key was stored; its prefix is first", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, run.Output + run.Error, StringComparison.Ordinal);
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(Secret)), await MigrationRun.QueryAsync<byte[]>(database, "select secret_hash from access_keys where prefix = 'first'"));
        Assert.Equal(FirstKey.Scopes, await MigrationRun.QueryAsync<string[]>(database, "select scopes from access_keys"));
        Assert.Equal("setup key.create", await MigrationRun.QueryAsync<string>(
            database, "select format('%s %s', e.actor, e.action) from audit_entries e join access_keys k on k.id = e.subject_id where e.subject_kind = 'key'"));
        Assert.DoesNotContain(Secret, await MigrationRun.QueryAsync<string>(database, "select string_agg(k::text || e::text, '') from access_keys k, audit_entries e"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("update access_keys set revoked_at = now()")]
    [InlineData("update access_keys set prefix = 'other'")]
    [InlineData("update access_keys set expires_at = now()")]
    public async Task ADatabaseThatHasAnyKeyKeepsWhatItHas(string change)
    {
        var database = await postgres.CreateDatabaseAsync();
        await RunAsync(database, Secret);
        await MigrationRun.QueryAsync<long>(database, $"with changed as ({change} returning 1) select count(*) from changed");
        var before = await MigrationRun.QueryAsync<string>(database, "select k::text from access_keys k");

        var again = await RunAsync(database, Secret);
        var other = await RunAsync(database, "another-" + Secret);

        Assert.Equal((0, 0), (again.ExitCode, other.ExitCode));
        Assert.Equal(before, await MigrationRun.QueryAsync<string>(database, "select k::text from access_keys k"));
        Assert.Equal(1L, await MigrationRun.QueryAsync<long>(database, "select count(*) from audit_entries"));
    }

    [Fact]
    public async Task AMigratedDatabaseWithoutKeysGetsTheFirstLater()
    {
        var database = await postgres.CreateDatabaseAsync();
        Assert.Equal(0, (await MigrationRun.ProcessAsync(database)).ExitCode);
        Assert.Equal(0L, await MigrationRun.QueryAsync<long>(database, "select count(*) from access_keys"));

        Assert.Equal(0, (await RunAsync(database, Secret)).ExitCode);

        Assert.Equal(1L, await MigrationRun.QueryAsync<long>(database, "select count(*) from access_keys"));
    }

    [Fact]
    public async Task TwoAtOnceMakeOneKey()
    {
        var database = await postgres.CreateDatabaseAsync();

        var runs = await Task.WhenAll(RunAsync(database, Secret), RunAsync(database, Secret));

        Assert.All(runs, run => Assert.Equal(0, run.ExitCode));
        Assert.Equal(1L, await MigrationRun.QueryAsync<long>(database, "select count(*) from access_keys"));
    }

    [Theory]
    [InlineData("only-for-tests-3f9c1d7e5b2a4860", "it has 31 characters and needs 32")]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd", "it has 4 different characters and needs 10")]
    [InlineData("only for tests 3f9c1d7e5b2a48600d", "visible ASCII")]
    [InlineData("only-for-tests-3f9c1d7e5b2a48600ä", "visible ASCII")]
    public async Task AWeakSecretIsRefusedBeforeAnythingIsChanged(string secret, string reason)
    {
        var database = await postgres.CreateDatabaseAsync();

        var run = await RunAsync(database, secret);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"Access:FirstKeySecret is too weak: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, run.Error, StringComparison.Ordinal);
        Assert.True(await MigrationRun.QueryAsync<bool>(database, "select to_regclass('schema_migrations') is null"));
    }

    private static Task<MigrationRun> RunAsync(string database, string secret) => MigrationRun.ProcessAsync(database, "migrate", $"--Access:FirstKeySecret={secret}");
}
