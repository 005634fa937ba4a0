using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Aspire.Hosting.Dashboard.Protos;
using Aspire.Hosting.Tests.Dashboard;
using Google.Protobuf;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>A recorded program, run as it was for the recording: in an almost empty environment, watched from outside.</summary>
internal sealed class GoldenAppHost : IAsyncDisposable
{
    private const string Key = "golden-key";

    /// <summary>Engines give a container ten seconds to end by itself, and a shell as its first process ignores the signal.</summary>
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pollEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>As the recording was printed: names of the protocol, defaults too.</summary>
    private static readonly JsonFormatter s_format = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithPreserveProtoFieldNames(true));

    private readonly Process _process;
    private readonly DirectoryInfo _temporary;
    private readonly StringBuilder _output = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly List<JsonObject> _messages = [];
    private readonly Task _watching;
    private GoldenOrchestrator? _orchestrator;

    private GoldenAppHost(ProcessStartInfo start, DirectoryInfo temporary, int[] ports)
    {
        (_process, _temporary, Ports) = (new Process { StartInfo = start }, temporary, ports);
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _watching = Task.Run(() => WatchAsync(_stopped.Token));
    }

    /// <summary>In the place of 18888, 18889 and 18890 of the recording: dashboard, telemetry, resource service.</summary>
    public int[] Ports { get; }

    /// <summary>Variables of the AppHost itself, which its processes inherit.</summary>
    public IDictionary<string, string?> Environment => _process.StartInfo.Environment;

    /// <summary>Where dummies write what they received: <c>name.pid.json</c>.</summary>
    public string Dumps => Path.Combine(_temporary.FullName, "dump");

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

    /// <summary>All messages about resources so far.</summary>
    public JsonObject[] Messages
    {
        get
        {
            lock (_messages)
            {
                return [.. _messages];
            }
        }
    }

    /// <summary>What <see cref="GoldenObserver"/> wrote so far.</summary>
    public JsonNode[] Events => File.Exists(EventsFile(_temporary)) ? ParseLines(File.ReadAllText(EventsFile(_temporary))) : [];

    /// <param name="home">Where the program finds and keeps user secrets; null: a folder of this run.</param>
    /// <param name="engine">Address of the container engine; null: the client's default.</param>
    public static GoldenAppHost Start(GoldenProgram program, string? home = null, string? engine = null, params (string Name, string Value)[] environment)
    {
        var (orchestrator, dashboard) = (Tools.Dcp(), Tools.Dashboard());
        Assert.SkipWhen(orchestrator is null || dashboard is null, "The orchestrator and the dashboard are not installed: neither ASPIRE_DCP_PATH nor .tools/aspire/bundle has them. ./run installs them.");
        int[] ports = [FreePort(), FreePort(), FreePort()];
        var temporary = Directory.CreateTempSubdirectory("golden-tmp-");
        var start = new ProcessStartInfo("dotnet", [program.AppHost, "--dcp-cli-path", orchestrator!, "--dcp-dashboard-path", dashboard!])
        {
            WorkingDirectory = program.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var inherited = new[] { "PATH", "LANG", "DOTNET_ROOT" }.Select(name => (name, System.Environment.GetEnvironmentVariable(name)));
        (string, string?)[] recorded =
        [
            ("HOME", home ?? temporary.FullName), ("TMPDIR", temporary.FullName), ("DOCKER_HOST", engine), ("ASPNETCORE_ENVIRONMENT", "Development"),
            ("DOTNET_ENVIRONMENT", "Development"), ("ASPNETCORE_URLS", $"http://127.0.0.1:{ports[0]}"),
            ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", $"http://127.0.0.1:{ports[1]}"), ("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", $"http://127.0.0.1:{ports[2]}"),
            ("ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN", "golden-token"), ("ASPIRE_DASHBOARD_RESOURCESERVICE_APIKEY", Key),
            ("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true"), ("ASPIRE_ENABLE_CONTAINER_TUNNEL", "false"),
            (GoldenObserver.Variable, EventsFile(temporary)), ("GOLDEN_DUMP_DIR", Path.Combine(temporary.FullName, "dump")),
        ];
        start.Environment.Clear();
        foreach (var (name, value) in recorded.Concat(inherited).Concat(environment.Select(v => (v.Name, (string?)v.Value))).Where(v => v.Item2 is not null))
        {
            start.Environment[name] = value;
        }

        temporary.CreateSubdirectory("dump");
        return new GoldenAppHost(start, temporary, ports);
    }

    /// <summary>The orchestrator's objects of one kind, in the form of the recording; none while it is not up.</summary>
    /// <param name="plural"><c>containers</c>, <c>services</c> …</param>
    public async Task<JsonObject[]> ObjectsAsync(string plural, CancellationToken cancellationToken)
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"The program ended with {_process.ExitCode}:\n{Output}");
        }

        _orchestrator ??= await GoldenOrchestrator.ConnectAsync(_temporary, cancellationToken);
        return _orchestrator is null ? [] : await _orchestrator.ObjectsAsync(plural, cancellationToken);
    }

    /// <summary>Does what a click in the dashboard does.</summary>
    /// <param name="instance">Name of the instance, as in the messages.</param>
    /// <returns>The answer, in the form of the recording.</returns>
    public async Task<JsonObject> CommandAsync(string instance, string resourceType, string command, CancellationToken cancellationToken)
    {
        using var client = new GrpcClient($"http://127.0.0.1:{Ports[2]}", Key);
        var request = new ResourceCommandRequest { CommandName = command, ResourceName = instance, ResourceType = resourceType };
        var response = await client.UnaryAsync("ExecuteResourceCommand", request, ResourceCommandResponse.Parser, cancellationToken);
        return JsonNode.Parse(s_format.Format(response))!.AsObject();
    }

    /// <summary>What the dashboard shows as the log of an instance at this moment, without the times.</summary>
    public async Task<string[]> LogAsync(string instance, CancellationToken cancellationToken)
    {
        using var client = new GrpcClient($"http://127.0.0.1:{Ports[2]}", Key);
        var request = new WatchResourceConsoleLogsRequest { ResourceName = instance, SuppressFollow = true };
        var lines = new List<string>();
        await foreach (var update in client.StreamAsync("WatchResourceConsoleLogs", request, WatchResourceConsoleLogsUpdate.Parser, cancellationToken))
        {
            lines.AddRange(update.LogLines.Select(l => l.Text[(l.Text.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        }

        return [.. lines];
    }

    public void Send(int signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} $0 2>/dev/null", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Stops it as SIGTERM does, and waits until the orchestrator has cleaned up.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        using var limit = new CancellationTokenSource(s_stopLimit);
        Send(15);
        var exitCode = await WaitForExitAsync(limit.Token);
        await WaitUntilNothingIsLeftAsync(limit.Token);
        return exitCode;
    }

    /// <summary>Neither a process that was started by this run, each of which inherits the run's own temporary folder, nor the orchestrator's folder.</summary>
    public async Task WaitUntilNothingIsLeftAsync(CancellationToken cancellationToken)
    {
        while (LeftProcesses().Length > 0 || Directory.EnumerateDirectories(_temporary.FullName, "slipway-dcp-*").Any())
        {
            await Task.Delay(s_pollEvery, TimeProvider.System, cancellationToken);
        }
    }

    public string[] LeftProcesses() => [.. Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])).Where(Belongs)];

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await StopAsync();
        }
        finally
        {
            _orchestrator?.Dispose();
            _process.Dispose();
            _stopped.Dispose();
            _temporary.Delete(recursive: true);
        }
    }

    private static string EventsFile(DirectoryInfo temporary) => Path.Combine(temporary.FullName, "events.jsonl");

    /// <summary>The last line may be half written.</summary>
    private static JsonNode[] ParseLines(string text) => [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool Belongs(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ")).Contains($"TMPDIR={_temporary.FullName}\0", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Tries until the resource service listens.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var client = new GrpcClient($"http://127.0.0.1:{Ports[2]}", Key);
        while (true)
        {
            try
            {
                await foreach (var update in client.StreamAsync("WatchResources", new WatchResourcesRequest(), WatchResourcesUpdate.Parser, cancellationToken))
                {
                    lock (_messages)
                    {
                        _messages.AddRange((update.InitialData?.Resources ?? []).Concat((update.Changes?.Value ?? []).Select(c => c.Upsert).Where(r => r is not null))
                            .Select(r => JsonNode.Parse(s_format.Format(r))!.AsObject()));
                    }
                }
            }
            catch (HttpRequestException)
            {
                await Task.Delay(s_pollEvery, TimeProvider.System, cancellationToken);
            }
        }
    }

    private void Add(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
