using System.Diagnostics;
using System.Text;
using Xunit;

namespace Slipway.TestKit.Containers;

/// <summary>
/// A container engine that has the images of the tests. The machine's own, where it answers and has or gets them; else a private one with
/// stand-ins for the images (see <c>images/</c>), which ends with the test process however that ends. Stand-ins are never put into the
/// machine's own engine.
/// </summary>
public sealed class ContainerEngine : IAsyncLifetime
{
    private const string HostVariable = "DOCKER_HOST";

    private static readonly string[] s_images = ["debian:bookworm-slim", "postgres:18.3", "postgres:16.4", "redis:8.6"];
    private static readonly TimeSpan s_commandLimit = TimeSpan.FromMinutes(2);

    private readonly string? _inheritedHost = Environment.GetEnvironmentVariable(HostVariable);
    private Process? _private;

    /// <summary>Null: the engine is there. Else why tests that need it are skipped.</summary>
    public string? Missing { get; private set; }

    /// <summary>Address of the engine; null: the default of its client.</summary>
    public string? Host { get; private set; }

    /// <summary>Nothing else runs in it and nobody's data is in it.</summary>
    public bool IsPrivate => _private is not null;

    public async ValueTask InitializeAsync()
    {
        Host = _inheritedHost;
        if (!OperatingSystem.IsLinux())
        {
            Missing = "Tests with containers run on Linux alone.";
        }
        else if (!await MachineHasImagesAsync())
        {
            await StartPrivateAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_private is not null)
        {
            _private.StandardInput.Close();
            await _private.WaitForExitAsync();
            _private.Dispose();
        }
    }

    /// <summary>Lets what this process starts until the result is disposed of use the engine, through the variable that everybody reads.</summary>
    public IDisposable Use()
    {
        Environment.SetEnvironmentVariable(HostVariable, Host);
        return new Restore(_inheritedHost);
    }

    /// <summary>Runs the engine's client.</summary>
    /// <returns>The lines that it printed; empty ones left out.</returns>
    /// <exception cref="InvalidOperationException">It failed or took over two minutes; the message has its words.</exception>
    public async Task<string[]> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var (exitCode, output, error) = await ClientAsync(arguments, cancellationToken);
        return exitCode == 0
            ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException($"docker {string.Join(' ', arguments)} ended with {exitCode}: {error}");
    }

    private async Task<bool> MachineHasImagesAsync()
    {
        if (!await SucceedsAsync("version"))
        {
            return false;
        }

        foreach (var image in s_images)
        {
            if (!await SucceedsAsync("image", "inspect", image) && !await SucceedsAsync("pull", "--quiet", image))
            {
                return false;
            }
        }

        return true;
    }

    private async Task StartPrivateAsync()
    {
        var root = RepositoryRoot();
        var script = Path.Combine(root, "tests", "TestKit", "Containers", "engine.sh");

        // In a session of its own, so that signals for the test run's process group let it end in order.
        _private = Process.Start(new ProcessStartInfo("setsid", ["--wait", script, Path.Combine(root, ".tools", "containers")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var answer = await _private.StandardOutput.ReadLineAsync() ?? "missing: the engine's script ended without a word.";
        var separator = answer.StartsWith(HostVariable, StringComparison.Ordinal) ? '=' : ':';
        var value = answer[(answer.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim();
        if (separator == '=')
        {
            Host = value;
        }
        else
        {
            Missing = $"No containers here: {value}";
        }
    }

    private async Task<bool> SucceedsAsync(params string[] arguments)
    {
        try
        {
            return (await ClientAsync(arguments, CancellationToken.None)).ExitCode == 0;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return false;
        }
    }

    private async Task<(int ExitCode, string Output, string Error)> ClientAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_commandLimit);
        var start = new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8 };
        if (Host is not null)
        {
            start.Environment[HostVariable] = Host;
        }

        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, (await error).Trim());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill();
            throw new InvalidOperationException($"docker {string.Join(' ', arguments)} did not end within {s_commandLimit}.");
        }
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "App.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie in the repository.");
    }

    private sealed class Restore(string? host) : IDisposable
    {
        public void Dispose() => Environment.SetEnvironmentVariable(HostVariable, host);
    }
}
