using System.Diagnostics;
using Xunit;

namespace Setup.Tests;

/// <summary>What is missing is named in one message with its remedy; nothing is installed then, and nothing written.</summary>
public class PrerequisiteTests
{
    private static readonly (string, string?)[] s_ownTools = [("ASPIRE_DCP_PATH", "/own"), ("ASPIRE_DASHBOARD_PATH", "/own")];

    [Theory]
    [InlineData(null, "HOME is not set.")]
    [InlineData("/nowhere/at/all", "The home folder /nowhere/at/all does not exist.")]
    [InlineData("/proc/self", "The home folder /proc/self can't be written.")]
    public async Task Home_Unusable_IsNamedWithTheRemedy(string? home, string message)
    {
        using var folder = ScriptFolder.Bare();

        foreach (var script in new[] { "run", "test", "eng/setup.sh" })
            AssertRefused(await folder.Run(script, ("HOME", home)), message, "Set HOME to a folder");
    }

    [Theory]
    [InlineData("dotnet", "dotnet was not found on the PATH.", "Install the .NET 10 SDK")]
    [InlineData("node", "Node.js (node) was not found on the PATH.", "Install Node.js 18 or newer")]
    [InlineData("npm", "npm was not found on the PATH.", "Install Node.js 18 or newer")]
    public async Task Prerequisite_Absent_IsNamedWithTheRemedy(string program, string message, string remedy)
    {
        using var folder = ScriptFolder.Bare();
        folder.Replace("node", "echo v20.0.0");
        folder.Replace("npm", "exit 1");
        folder.Hide(program);

        AssertRefused(await folder.Run("eng/setup.sh"), message, remedy);
        Assert.False(Directory.Exists(folder.Tools));
    }

    [Fact]
    public async Task Node_TooOld_IsRefused()
    {
        using var folder = ScriptFolder.Bare();
        folder.Replace("node", "echo v16.20.2");
        folder.Replace("npm", "exit 1");

        AssertRefused(await folder.Run("eng/setup.sh"), "Node.js 16.20.2 is too old.", "Install Node.js 18 or newer");
    }

    [Fact]
    public async Task Sdk_TooOld_IsRefused()
    {
        using var folder = ScriptFolder.Bare();
        folder.Replace("dotnet", "echo '9.0.305 [/usr/share/dotnet/sdk]'");

        AssertRefused(await folder.Run("eng/setup.sh"), "No .NET 10 SDK is installed (found: 9.0.305).", "Install the .NET 10 SDK");
    }

    [Fact]
    public async Task Libraries_AbsentForAnOrdinaryUser_AreNamedWithTheCommand()
    {
        using var folder = ScriptFolder.Bare();
        folder.Replace("apt-get", "exit 1");

        AssertRefused(
            await RunAsUser(folder, "run", ("SLIPWAY_LIBRARIES", "/nowhere"), ("SSL_CERT_FILE", "/etc/hosts"), ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", null)),
            "Not installed: ^libicu[0-9]+$ openssl.",
            "sudo apt-get install '^libicu[0-9]+$' 'openssl'");
    }

    [Fact]
    public async Task Libraries_InPlaceOrNotNeeded_AreNotAskedFor()
    {
        using var folder = ScriptFolder.Bare();
        folder.Replace("apt-get", "exit 1");
        var libraries = Directory.CreateDirectory(Path.Combine(folder.Root, "libraries")).FullName;
        await File.WriteAllTextAsync(Path.Combine(libraries, "libssl.so.3"), "", TestContext.Current.CancellationToken);

        var result = await RunAsUser(
            folder,
            "run",
            ("SLIPWAY_LIBRARIES", $"/nowhere:{libraries}"),
            ("SSL_CERT_FILE", "/etc/hosts"),
            ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"));

        Assert.Equal((0, ""), (result.ExitCode, result.Messages));
    }

    [Theory]
    [InlineData("run", "sudo apt-get install postgresql redis-server; or start a container engine")]
    [InlineData("test", "sudo apt-get install postgresql redis-server")]
    public async Task Servers_AbsentForAnOrdinaryUser_AreNamedWithTheCommand(string purpose, string remedy)
    {
        using var folder = ScriptFolder.Bare();
        folder.Hide("redis-server", "postgres", "initdb");

        AssertRefused(await RunAsUser(folder, purpose, ("SLIPWAY_POSTGRES_ROOT", "/nowhere")), "Not installed: postgresql redis-server.", remedy);
    }

    [Fact]
    public async Task Servers_AbsentWhereAnEngineAnswers_AreNotAskedFor()
    {
        using var folder = ScriptFolder.Bare();
        folder.Hide("redis-server");
        folder.Replace("docker", "echo 20.10.24");

        var result = await RunAsUser(folder, "run");

        Assert.Equal((0, ""), (result.ExitCode, result.Messages));
    }

    [Fact]
    public async Task Containers_AskedForWithoutAnEngine_AreRefused()
    {
        using var folder = ScriptFolder.Bare();

        AssertRefused(await folder.Run("eng/setup.sh", [.. s_ownTools, ("AppHost__Servers", "containers")]), "No container engine answers.", "Start Docker or Podman");
    }

    [Theory]
    [InlineData("run", "--wrong", "unknown option --wrong")]
    [InlineData("run", "api", "unknown option api")]
    [InlineData("test", "--wrong", "unknown option --wrong")]
    [InlineData("test", "Nothing", "there is no test project Nothing.Tests")]
    public async Task Argument_Unknown_IsRefusedBeforeAnythingElse(string script, string argument, string message)
    {
        using var folder = ScriptFolder.Bare();

        using var running = folder.Start(script, [argument]);
        var result = await running.Result();

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Messages, StringComparison.Ordinal);
    }

    /// <summary>Root would install what is missing; so root steps down for these tests.</summary>
    private static async Task<ScriptResult> RunAsUser(ScriptFolder folder, string purpose, params (string, string?)[] settings)
    {
        (string, string?)[] all = [.. s_ownTools, .. settings];
        if (!Environment.IsPrivilegedProcess)
        {
            using var direct = folder.Start("eng/setup.sh", [purpose], all);
            return await direct.Result();
        }

        using (var hand = Process.Start("chown", ["-R", "nobody", folder.Root]))
            await hand.WaitForExitAsync(TestContext.Current.CancellationToken);
        folder.Replace("as-nobody", $"exec setpriv --reuid=nobody --regid=nogroup --clear-groups -- '{folder.Root}/eng/setup.sh' \"$@\"");
        using var running = folder.Start("programs/as-nobody", [purpose], all);
        return await running.Result();
    }

    private static void AssertRefused(ScriptResult result, string message, string remedy)
    {
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("", result.Output);
        var lines = result.Messages.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("error: " + message, lines[0]);
        Assert.StartsWith("  Why:    ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("  Remedy: " + remedy, lines[2], StringComparison.Ordinal);
    }
}
