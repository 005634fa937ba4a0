using System.Diagnostics;
using Xunit;

namespace Setup.Tests;

/// <summary>Set-up against tools in every state, without a download: npm is replaced by a script that hands over the installed command line.</summary>
public class ToolsFolderTests
{
    private static string Orchestrator(ScriptFolder folder) => Path.Combine(folder.Tools, "bundle", "dcp", "dcp");

    [Fact]
    public async Task Tools_InPlace_AreLeftAloneWithoutAWord()
    {
        using var folder = ScriptFolder.WithTools();

        var result = await folder.Run("eng/setup.sh");

        Assert.Equal((0, "", ""), (result.ExitCode, result.Output, result.Messages));
        Assert.False(File.Exists(folder.NpmCalls));
    }

    [Fact]
    public async Task Tools_InAFolderThatMoved_StillServe()
    {
        using var folder = ScriptFolder.WithTools();
        folder.Move("moved-");

        var result = await folder.Run("eng/setup.sh");

        Assert.Equal((0, "", ""), (result.ExitCode, result.Output, result.Messages));
        Assert.True(File.Exists(Orchestrator(folder)));
    }

    [Fact]
    public async Task Tools_CutShort_AreInstalledAgainWithOneLine()
    {
        using var folder = ScriptFolder.WithTools();
        await Overwrite(Orchestrator(folder), "ELF");

        var repaired = await folder.Run("eng/setup.sh");
        var again = await folder.Run("eng/setup.sh");

        Assert.True(repaired.ExitCode == 0, repaired.Messages);
        Assert.Equal(Repairing("damaged"), repaired.Messages);
        Assert.Equal((0, ""), (again.ExitCode, again.Messages));
        Assert.True(new FileInfo(Orchestrator(folder)).Length > 1_000_000);
        Assert.True(File.GetUnixFileMode(Orchestrator(folder)).HasFlag(UnixFileMode.OtherExecute), "Only the user who installed it can start the orchestrator.");
        Assert.Empty(Leftovers(folder));
    }

    [Theory]
    [InlineData("bundle/managed/aspire-managed", "damaged")]
    [InlineData("bundle", "damaged")]
    [InlineData("stamp", "left unfinished")]
    public async Task Tools_Incomplete_AreFoundOutAndAFailedRepairIsAnError(string missing, string message)
    {
        using var folder = ScriptFolder.WithTools();
        File.Delete(Path.Combine(folder.Tools, missing));
        folder.ReplaceNpm("echo 'npm error network'; exit 1");

        await AssertRepairFails(folder, message);
    }

    [Fact]
    public async Task Tools_OfOtherPins_AreFoundOutAndAFailedRepairIsAnError()
    {
        using var folder = ScriptFolder.WithTools();
        File.AppendAllText(Path.Combine(folder.Root, "eng", "aspire-cli", "files.sha256"), "\n");
        folder.ReplaceNpm("echo 'npm error network'; exit 1");

        await AssertRepairFails(folder, "of another version");
    }

    [Fact]
    public async Task Npm_DeliversAnotherProgram_ItIsNeitherRunNorInstalled()
    {
        using var folder = ScriptFolder.WithTools();
        Directory.Delete(folder.Tools, recursive: true);
        var proof = Path.Combine(folder.Root, "it-ran");
        folder.ReplaceNpm($"""
            mkdir -p node_modules/@microsoft/aspire-cli-linux-x64/bin
            printf '#!/bin/sh\ntouch {proof}\n' >node_modules/@microsoft/aspire-cli-linux-x64/bin/aspire
            chmod +x node_modules/@microsoft/aspire-cli-linux-x64/bin/aspire
            """);

        var result = await folder.Run("eng/setup.sh");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("not the pinned ones; nothing was installed", result.Messages, StringComparison.Ordinal);
        Assert.False(File.Exists(proof));
        Assert.False(Directory.Exists(folder.Tools));
        Assert.Empty(Leftovers(folder));
    }

    [Fact]
    public async Task Npm_FindsAnotherChecksum_TheMessageSaysSo()
    {
        using var folder = ScriptFolder.WithTools();
        Directory.Delete(folder.Tools, recursive: true);
        folder.ReplaceNpm("echo 'npm error code EINTEGRITY'; echo 'npm error Integrity checksum failed when using sha512: wanted a but got b'; exit 1");

        var result = await folder.Run("eng/setup.sh");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("is not the pinned one; nothing was installed", result.Messages, StringComparison.Ordinal);
        Assert.Contains("wanted a but got b", result.Messages, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Tools));
    }

    [Fact]
    public async Task SetUp_TwoAtOnce_InstallOnce()
    {
        using var folder = ScriptFolder.WithTools();
        Directory.Delete(folder.Tools, recursive: true);

        using var one = folder.Start("eng/setup.sh", []);
        using var other = folder.Start("eng/setup.sh", []);
        var results = await Task.WhenAll(one.Result(), other.Result());

        Assert.All(results, result => Assert.True(result.ExitCode == 0, result.Messages));
        Assert.Single(await File.ReadAllLinesAsync(folder.NpmCalls, TestContext.Current.CancellationToken));
        Assert.True(File.Exists(Path.Combine(folder.Tools, "stamp")));
    }

    [Theory]
    [InlineData("KILL", 137)]
    [InlineData("TERM", 143)]
    public async Task SetUp_StoppedMidway_LeavesNoToolsAndTheNextOneInstallsThem(string signal, int exitCode)
    {
        using var folder = ScriptFolder.WithTools();
        var installer = await File.ReadAllTextAsync(Path.Combine(folder.Root, "programs", "npm"), TestContext.Current.CancellationToken);
        Directory.Delete(folder.Tools, recursive: true);
        var started = Path.Combine(folder.Root, "npm-started");
        using (var pipe = Process.Start("mkfifo", [started]))
            await pipe.WaitForExitAsync(TestContext.Current.CancellationToken);
        folder.ReplaceNpm($"echo $$ >'{started}'; exec tail -f /dev/null");

        using var setup = folder.Start("eng/setup.sh", []);
        var npm = int.Parse(await File.ReadAllTextAsync(started, TestContext.Current.CancellationToken));
        using (var kill = Process.Start("kill", [$"-{signal}", $"{setup.Id}"]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(exitCode, await setup.ExitCode());
        Assert.False(Directory.Exists(folder.Tools));
        if (signal == "TERM")
        {
            Assert.False(Directory.Exists($"/proc/{npm}"), "npm was left running.");
            Assert.Empty(Leftovers(folder));
            return;
        }

        // Nobody could tidy up after a kill; the next set-up does.
        Process.GetProcessById(npm).Kill();
        folder.Replace("npm", installer);
        var next = await folder.Run("eng/setup.sh");

        Assert.True(next.ExitCode == 0, next.Messages);
        Assert.True(File.Exists(Path.Combine(folder.Tools, "stamp")));
        Assert.Empty(Leftovers(folder));
    }

    private static string Repairing(string defect) => $"The tools in .tools/aspire are {defect}: installing {PinTests.Version()} again ...\n";

    private static async Task AssertRepairFails(ScriptFolder folder, string defect)
    {
        var result = await folder.Run("eng/setup.sh");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(Repairing(defect) + "npm error network\nerror: npm could not install", result.Messages, StringComparison.Ordinal);
        Assert.Empty(Leftovers(folder));
    }

    /// <summary>Writes a new file; the old one is a hard link to the repository's.</summary>
    private static async Task Overwrite(string path, string text)
    {
        File.Delete(path);
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
    }

    private static string[] Leftovers(ScriptFolder folder) => Directory.GetDirectories(Path.Combine(folder.Root, ".tools"), ".new-*");
}
