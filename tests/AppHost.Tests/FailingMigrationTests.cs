namespace Slipway.AppHost.Tests;

/// <summary>A database whose record says that a migration was edited: refused, named, and nothing is lost.</summary>
public sealed class FailingMigrationTests
{
    [Fact]
    public async Task EditedMigrationStopsTheStartAndNamesTheFile()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var data = new DataFolder();
        await using (var first = AppHostProcess.Start(data.AppHostArguments))
        {
            await first.WaitUntilReadyAsync(cancellation);
            first.Send(15);
            await first.WaitForExitAsync(cancellation);
            Assert.Empty(await first.Started.WaitUntilGoneAsync(TimeSpan.FromSeconds(30), cancellation));
        }

        await data.ExecuteAsync("opsdb", "update schema_migrations set checksum = repeat('0', 64) where number = 1", cancellation);
        await using var check = AppHostProcess.Start("Check", ["--", .. data.AppHostArguments]);
        Assert.Equal(1, await check.WaitForExitAsync(cancellation));
        Assert.Contains("0001_create_releases.sql", check.Output, StringComparison.Ordinal);
        Assert.Matches("'migrations-[a-z]{8}' ended with exit code", check.Output);
        Assert.Empty(await check.Started.WaitUntilGoneAsync(TimeSpan.FromSeconds(30), cancellation));
    }
}
