using System.Diagnostics;

namespace Slipway.AppHost.Tests;

/// <summary>The whole application for somebody who is not root, in a home folder that nothing was ever written to.</summary>
public sealed class OrdinaryUserTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("slipway-home-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Delete(recursive: true);

    [Fact]
    public async Task CheckPassesWithDataBelowTheUsersHome()
    {
        // Root steps down; anybody else already is that user.
        string[] stepDown = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"] : [];
        if (stepDown.Length > 0)
        {
            await RunAsync("chown", "nobody:nogroup", _home.FullName);
            Assert.SkipUnless(
                await RunAsync([.. stepDown, "test", "-r", AppHostProcess.Assembly("Check"), "-a", "-x", Path.Combine(AppHostProcess.RepositoryRoot, ".tools", "aspire", "bundle", "dcp", "dcp")]) == 0,
                "Only root can read this repository, or start the tools that it installed.");
        }

        await using var check = AppHostProcess.Start(
            [.. stepDown, "dotnet", AppHostProcess.Assembly("Check"), "--", "--AppHost:Servers=local"],
            [("HOME", _home.FullName), ("DOTNET_CLI_HOME", null), ("XDG_DATA_HOME", null), ("USER", null), ("LOGNAME", null)]);
        var exitCode = await check.WaitForExitAsync(Cancellation);

        Assert.True(exitCode == 0, check.Output);
        Assert.Contains("check: all healthy, and the main job was done.", check.Output, StringComparison.Ordinal);
        Assert.Empty(await check.Started.WaitUntilGoneAsync(TimeSpan.FromSeconds(30), Cancellation));
        var data = Assert.Single(Directory.GetDirectories(Path.Combine(_home.FullName, ".local", "share", "slipway")));
        Assert.Equal(["cache", "postgres"], Directory.GetDirectories(data).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static async Task<int> RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]))!;
        await process.WaitForExitAsync(Cancellation);
        return process.ExitCode;
    }
}
