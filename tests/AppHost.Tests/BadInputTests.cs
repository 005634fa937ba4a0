using System.Net;
using System.Net.Sockets;

namespace Slipway.AppHost.Tests;

/// <summary>
/// What a person meets at night: each fault gives one message that names the resource and the remedy, a non-zero exit, and nothing left
/// running. Driven through the check, which is what <c>./run --check</c> starts.
/// </summary>
public sealed class BadInputTests
{
    private const int GatewayPort = 5090;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task UnknownResourceInTheCheckIsRefusedWithTheNamesThatThereAre()
    {
        var (exitCode, output) = await CheckAsync(["databse"]);
        Assert.Equal(2, exitCode);
        Assert.Contains("there is no resource named 'databse'", output, StringComparison.Ordinal);
        Assert.Contains("postgres, opsdb, cache, migrations, api, gateway", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FixedPortInUseNamesTheResourceThePortAndTheRemedy()
    {
        // The Gateway's port is fixed by its launch profile.
        using var holder = new TcpListener(IPAddress.Loopback, GatewayPort);
        holder.Start();
        var (exitCode, output) = await CheckAsync([], ("DcpPublisher__RandomizePorts", "false"));
        Assert.Equal(1, exitCode);
        Assert.Contains("'gateway'", output, StringComparison.Ordinal);
        Assert.Contains("5090", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NeitherServerProgramsNorAnEngineNamesTheResourcesAndThePackages()
    {
        var (exitCode, output) = await CheckAsync(
            [],
            ("AppHost__PostgresBin", "/nonexistent"),
            ("DOCKER_HOST", "unix:///nonexistent.sock"));
        Assert.Equal(1, exitCode);
        Assert.Contains("Cannot run 'postgres' (PostgreSQL)", output, StringComparison.Ordinal);
        Assert.Contains("apt-get install postgresql", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DependencyThatNeverBecomesHealthyIsNamedWithItsReason()
    {
        using var programs = new FakeProgram("redis-server", "exec sleep 600");
        var (exitCode, output) = await CheckAsync([], ("PATH", programs.Path), ("SLIPWAY_CHECK_SECONDS", "20"));
        Assert.Equal(1, exitCode);
        Assert.Contains("not healthy within 20 s", output, StringComparison.Ordinal);
        Assert.Contains("health check 'cache_check' fails", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResourceThatExitsAtStartIsNamedWithItsLastWords()
    {
        using var programs = new FakeProgram("redis-server", "echo 'this disk is full' >&2; exit 3");
        var (exitCode, output) = await CheckAsync([], ("PATH", programs.Path));
        Assert.Equal(1, exitCode);
        Assert.Contains("this disk is full", output, StringComparison.Ordinal);
        Assert.Matches("'cache-[a-z]{8}' ended with exit code 3", output);
    }

    [Fact]
    public async Task HomeThatCannotBeWrittenIsNamed()
    {
        // /sys takes no files, not even root's.
        var (exitCode, output) = await CheckAsync([], ("HOME", "/sys"), ("DOTNET_CLI_HOME", "/sys"), ("XDG_DATA_HOME", null));
        Assert.Equal(1, exitCode);
        Assert.Contains("/sys", output, StringComparison.Ordinal);
        Assert.Contains("HOME", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FullDiskNamesTheResourceTheFolderAndTheRemedy()
    {
        using var postgres = new FakeProgram("postgres", "exit 1");
        var programs = Path.GetDirectoryName(postgres.File)!;
        await File.WriteAllTextAsync(Path.Combine(programs, "initdb"), "#!/bin/sh\necho 'creating subdirectories ... ok'\necho 'FATAL:  No space left on device' >&2\nexit 1\n", Cancellation);
        File.SetUnixFileMode(Path.Combine(programs, "initdb"), File.GetUnixFileMode(postgres.File));
        var (exitCode, output) = await CheckAsync([], ("AppHost__PostgresBin", programs));
        Assert.Equal(1, exitCode);
        Assert.Matches("'postgres' cannot keep its data in '/.*'. Make room there, or choose another folder with AppHost:DataPath.", output);
        Assert.DoesNotContain("creating subdirectories", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataFolderThatCannotBeWrittenIsNamedWithTheRemedy()
    {
        // /sys takes no folders, not even root's. Of two arguments with one name the last counts.
        var (exitCode, output) = await CheckAsync([], ["--AppHost:DataPath=/sys/slipway"], []);
        Assert.Equal(1, exitCode);
        Assert.Contains("cannot keep its data in '/sys/slipway'. Make that folder writable for ", output, StringComparison.Ordinal);
        Assert.Contains("AppHost:DataPath", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MissingOrchestratorIsNamedWithTheCommandThatBringsIt()
    {
        var (exitCode, output) = await CheckAsync([], ("ASPIRE_DCP_PATH", "/nonexistent"));
        Assert.Equal(1, exitCode);
        Assert.Contains("/nonexistent", output, StringComparison.Ordinal);
        Assert.Contains("./run", output, StringComparison.Ordinal);
    }

    /// <summary>Starts the check on data of its own and holds that nothing of it is left.</summary>
    private static Task<(int ExitCode, string Output)> CheckAsync(string[] resources, params (string Name, string? Value)[] environment) =>
        CheckAsync(resources, [], environment);

    private static async Task<(int ExitCode, string Output)> CheckAsync(string[] resources, string[] appHostArguments, (string Name, string? Value)[] environment)
    {
        using var data = new DataFolder();
        await using var check = AppHostProcess.Start("Check", [.. resources, "--", .. data.AppHostArguments, .. appHostArguments], environment);
        var exitCode = await check.WaitForExitAsync(Cancellation);
        var left = await check.Started.WaitUntilGoneAsync(s_limit, Cancellation);
        Assert.True(left.Count == 0, $"{string.Join(Environment.NewLine, left)}{Environment.NewLine}{check.Output}");
        TestContext.Current.TestOutputHelper?.WriteLine(check.Output);
        // What a stop cuts short is no failure, and one message is enough.
        Assert.DoesNotContain("canceled", check.Output, StringComparison.Ordinal);
        return (exitCode, check.Output);
    }
}
