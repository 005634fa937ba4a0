using System.Diagnostics;
using Slipway.TestKit;

namespace Slipway.AppHost.Tests;

/// <summary>The pinned official Aspire command line, with a home folder of its own: it sees the AppHosts of this test alone.</summary>
internal sealed class CommandLine : IDisposable
{
    private static readonly string s_program = Path.Combine(AppHostProcess.RepositoryRoot, ".tools", "aspire", "bin", "aspire");
    private static readonly string s_configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;

    /// <summary>Far above what any command needs; one that hangs is a failure, not a lost test run.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("slipway-cli-");

    /// <summary>All processes that commands of this object started.</summary>
    public MarkedProcesses Started { get; } = new();

    /// <summary>Where running AppHosts say how to reach them.</summary>
    public string Sockets => Path.Combine(_home.FullName, ".aspire", "cli", "bch");

    /// <summary>Null: it can be used.</summary>
    public static string? Missing => !File.Exists(s_program)
        ? "The pinned Aspire command line is not in .tools/aspire; ./run installs it."
        : s_configuration != "debug" ? "The command line starts what the debug configuration built." : null;

    /// <summary>Starts <c>aspire run</c> on the AppHost as it was built, on free ports; ends when the AppHost does.</summary>
    public Task<(int ExitCode, string Output)> RunAppHostAsync(IEnumerable<string> appHostArguments, CancellationToken cancellationToken) =>
        ExecuteAsync(["run", "--no-build", "--isolated", "--apphost", AppHostProject, "--", .. appHostArguments], limit: null, cancellationToken);

    /// <exception cref="TimeoutException">It did not end.</exception>
    public Task<(int ExitCode, string Output)> ExecuteAsync(CancellationToken cancellationToken, params string[] arguments) =>
        ExecuteAsync(arguments, s_limit, cancellationToken);

    public void Dispose()
    {
        foreach (var (id, _) in Started.Running())
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }

        _home.Delete(recursive: true);
    }

    private static string AppHostProject => Path.Combine(AppHostProcess.RepositoryRoot, "AppHost", "AppHost.csproj");

    private async Task<(int ExitCode, string Output)> ExecuteAsync(string[] arguments, TimeSpan? limit, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(s_program, [arguments[0], "--nologo", "--non-interactive", .. arguments[1..]])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppHostProcess.RepositoryRoot,
        };
        start.Environment["HOME"] = _home.FullName;
        start.Environment["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "true";
        start.Environment["ASPIRE_CLI_GENERATE_HTTPS_CERTIFICATE"] = "false";
        start.Environment["NO_COLOR"] = "1";
        start.Environment[MarkedProcesses.Variable] = Started.Mark;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var messages = process.StandardError.ReadToEndAsync(cancellationToken);
        var ended = process.WaitForExitAsync(cancellationToken);
        await (limit is { } time ? ended.WaitAsync(time, TimeProvider.System, cancellationToken) : ended);
        var result = (process.ExitCode, await output + await messages);
        TestContext.Current.TestOutputHelper?.WriteLine($"aspire {string.Join(' ', arguments)} -> {result.ExitCode}\n{result.Item2}");
        return result;
    }
}
