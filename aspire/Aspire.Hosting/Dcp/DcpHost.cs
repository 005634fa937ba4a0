using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>
/// Starts the orchestrator for this run. It ends by itself when the AppHost's process ends, however that happens,
/// and takes everything with it that it started.
/// </summary>
internal sealed partial class DcpHost(
    IConfiguration configuration,
    DistributedApplicationOptions options,
    TimeProvider clock,
    ILogger<DcpHost> logger) : IDisposable
{
    private const string Remedy = "Run ./run once: it installs the pinned tools.";

    /// <summary>The very first start after a boot takes some seconds.</summary>
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pollEvery = TimeSpan.FromMilliseconds(10);

    /// <summary>Variables of the AppHost itself that its children would otherwise inherit.</summary>
    private static readonly string[] s_notInherited =
        ["ASPNETCORE_URLS", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "DOTNET_LAUNCH_PROFILE", "ASPIRE_LOGLEVEL"];

    private readonly Lock _lock = new();
    private Task<DcpClient>? _started;
    private DcpClient? _client;

    /// <summary>Starts on the first call; later calls get the same client.</summary>
    /// <exception cref="DistributedApplicationException">The orchestrator is missing, broken or does not come up.</exception>
    public Task<DcpClient> StartAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _started ??= Task.Run(() => StartCoreAsync(cancellationToken), cancellationToken);
        }
    }

    /// <summary>The client when the start was asked for, and it succeeded; null otherwise.</summary>
    public async Task<DcpClient?> StartedOrNullAsync()
    {
        Task<DcpClient>? started;
        lock (_lock)
        {
            started = _started;
        }

        try
        {
            return started is null ? null : await started;
        }
        catch (Exception exception) when (exception is DistributedApplicationException or OperationCanceledException)
        {
            return null;
        }
    }

    public void Dispose() => _client?.Dispose();

    /// <summary>Configuration first, then the environment (a folder), then what the build stamped on the AppHost.</summary>
    internal static string FindProgram(IConfiguration configuration, DistributedApplicationOptions options)
    {
        var path = configuration["DcpPublisher:CliPath"];
        if (string.IsNullOrEmpty(path) && configuration["ASPIRE_DCP_PATH"] is { Length: > 0 } folder)
        {
            path = Path.Combine(folder, OperatingSystem.IsWindows() ? "dcp.exe" : "dcp");
        }

        if (string.IsNullOrEmpty(path))
        {
            path = options.Metadata("dcpclipath");
        }

        if (string.IsNullOrEmpty(path))
        {
            throw new DistributedApplicationException(
                $"It is not known where the Aspire orchestrator (dcp) is: neither DcpPublisher:CliPath nor ASPIRE_DCP_PATH is set, and the build stamped no path. {Remedy}");
        }

        return File.Exists(path)
            ? path
            : throw new DistributedApplicationException($"The Aspire orchestrator (dcp) is not at '{path}'. {Remedy}");
    }

    private async Task<DcpClient> StartCoreAsync(CancellationToken cancellationToken)
    {
        var program = FindProgram(configuration, options);
        EnsureHome();
        var session = DcpSessionFolder.Create();
        var kubeconfig = Path.Combine(session, "kubeconfig");
        try
        {
            using var certificate = DcpServerCertificate.Create(session, clock);
            await LaunchAsync(program, certificate, session, kubeconfig, cancellationToken);
            var connection = await ReadConnectionAsync(program, kubeconfig, cancellationToken);
            _client = new DcpClient(connection, clock);
            return _client;
        }
        catch (DistributedApplicationException)
        {
            DeleteQuietly(session);
            throw;
        }
    }

    /// <summary>Without a home that can be written the orchestrator never comes up, and does not say why.</summary>
    private static void EnsureHome()
    {
        var home = Environment.GetEnvironmentVariable("HOME");
        try
        {
            var state = Directory.CreateDirectory(Path.Combine(home ?? string.Empty, ".dcp")).FullName;
            using var probe = new FileStream(Path.Combine(state, $".writable-{Environment.ProcessId}"), FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException(
                $"The home folder '{home}' can't be written, and the Aspire orchestrator keeps its state there. Make it writable, or set HOME to a folder that is. ({exception.Message})",
                exception);
        }
    }

    private async Task LaunchAsync(string program, DcpServerCertificate certificate, string session, string kubeconfig, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        string[] arguments =
        [
            "start-apiserver", "--monitor", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), "--detach",
            "--tls-cert-file", certificate.CertificateFile, "--tls-key-file", certificate.KeyFile, "--kubeconfig", kubeconfig,
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        if (configuration["DcpPublisher:ContainerRuntime"] is { Length: > 0 } runtime)
        {
            start.ArgumentList.Add("--container-runtime");
            start.ArgumentList.Add(runtime);
        }

        PrepareEnvironment(start.Environment, session);
        LogStarting($"{string.Join(' ', arguments[..^1])} \"{kubeconfig}\"");
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var output = new StringBuilder();
            void Collect(object sender, DataReceivedEventArgs line)
            {
                lock (output)
                {
                    output.Append(line.Data).Append(' ');
                }
            }

            process.OutputDataReceived += Collect;
            process.ErrorDataReceived += Collect;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();

            // The launcher ends at once; the server that it leaves behind is not our child. Its streams may stay open there, so only the exit is awaited.
            while (!process.HasExited && !File.Exists(kubeconfig))
            {
                await Task.Delay(s_pollEvery, clock, cancellationToken);
            }

            if (process.HasExited && process.ExitCode != 0)
            {
                throw new DistributedApplicationException(
                    $"The Aspire orchestrator '{program}' ended with exit code {process.ExitCode} at its start: {output.ToString().Trim()}. {Remedy}");
            }
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new DistributedApplicationException($"The Aspire orchestrator '{program}' can't be started: {exception.Message}. {Remedy}", exception);
        }
    }

    private static void PrepareEnvironment(IDictionary<string, string?> environment, string session)
    {
        foreach (var name in s_notInherited)
        {
            environment.Remove(name);
        }

        environment["DCP_SESSION_FOLDER"] = session;
    }

    private async Task<DcpConnection> ReadConnectionAsync(string program, string kubeconfig, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < s_startTimeout)
        {
            if (File.Exists(kubeconfig) && DcpConnection.Parse(await File.ReadAllTextAsync(kubeconfig, cancellationToken)) is { } connection)
            {
                return connection;
            }

            await Task.Delay(s_pollEvery, clock, cancellationToken);
        }

        throw new DistributedApplicationException(
            $"The Aspire orchestrator '{program}' did not come up within {s_startTimeout.TotalSeconds:0} s. Its folder is {Path.GetDirectoryName(kubeconfig)}. {Remedy}");
    }

    private static void DeleteQuietly(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next run sweeps it.
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Starting DCP with arguments: {Arguments}")]
    private partial void LogStarting(string arguments);
}
