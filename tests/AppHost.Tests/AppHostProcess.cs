using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Slipway.TestKit;

namespace Slipway.AppHost.Tests;

/// <summary>The AppHost as a process of its own, as <c>./run</c> starts it, with everything that it starts.</summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
    private const string Ready = "The application is ready.";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AppHostProcess(Process process, MarkedProcesses started)
    {
        _process = process;
        Started = started;
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>All processes of this run.</summary>
    public MarkedProcesses Started { get; }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <param name="environment">Added to the launch profile's variables; a null value removes one.</param>
    public static AppHostProcess Start(IEnumerable<string> arguments, params (string Name, string? Value)[] environment) =>
        Start("AppHost", arguments, environment);

    /// <param name="project">AppHost, or Check for what <c>./run --check</c> starts.</param>
    public static AppHostProcess Start(string project, IEnumerable<string> arguments, params (string Name, string? Value)[] environment) =>
        Start(["dotnet", Assembly(project), .. arguments], environment);

    public static string Assembly(string project) =>
        Path.Combine(RepositoryRoot, "artifacts", "bin", project, new DirectoryInfo(AppContext.BaseDirectory).Name, project + ".dll");

    public static AppHostProcess Start(string[] command, (string Name, string? Value)[] environment)
    {
        var started = new MarkedProcesses();
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.Combine(RepositoryRoot, "AppHost"),
        };
        (string Name, string? Value)[] profile =
        [
            ("ASPNETCORE_ENVIRONMENT", "Development"),
            ("DOTNET_ENVIRONMENT", "Development"),
            ("ASPNETCORE_URLS", $"http://localhost:{FreePort().ToString(CultureInfo.InvariantCulture)}"),
            ("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true"),
            ("DcpPublisher__RandomizePorts", "true"),
            (MarkedProcesses.Variable, started.Mark),
        ];
        foreach (var (name, value) in profile.Concat(environment))
        {
            start.Environment[name] = value;
        }

        return new AppHostProcess(Process.Start(start)!, started);
    }

    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        var exited = _process.WaitForExitAsync(cancellationToken);
        if (await Task.WhenAny(_ready.Task, exited).WaitAsync(s_limit, cancellationToken) == exited)
        {
            throw new InvalidOperationException($"The AppHost ended with {_process.ExitCode}:\n{Output}");
        }
    }

    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_limit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <param name="signal">A number of signal(7): 2 as by Ctrl+C, 9, 15.</param>
    public void Send(int signal) => Kill(_process.Id, signal);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Send(15);
            await Task.WhenAny(_process.WaitForExitAsync(CancellationToken.None), Task.Delay(s_limit, TimeProvider.System, CancellationToken.None));
        }

        foreach (var (id, _) in await Started.WaitUntilGoneAsync(TimeSpan.FromSeconds(20), CancellationToken.None))
        {
            Kill(id, 9);
        }

        _process.Dispose();
    }

    /// <summary>A process that has ended meanwhile is no error.</summary>
    private static void Kill(int processId, int signal)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{signal.ToString(CultureInfo.InvariantCulture)}", processId.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardError = true,
        })!;
        kill.WaitForExit();
    }

    private static string FindRoot([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));

    private void Add(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (line.Contains(Ready, StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }
}
