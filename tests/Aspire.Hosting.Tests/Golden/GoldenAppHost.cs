using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.Dashboard.Protos;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Tests.Dashboard;
using Google.Protobuf;
using System.Text.Json.Nodes;

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
    private HttpClient? _orchestrator;

    private GoldenAppHost(Process process, DirectoryInfo temporary, int[] ports)
    {
        (_process, _temporary, Ports) = (process, temporary, ports);
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _watching = Task.Run(() => WatchAsync(_stopped.Token));
    }

    /// <summary>In the place of 18888, 18889 and 18890 of the recording: dashboard, telemetry, resource service.</summary>
    public int[] Ports { get; }

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

    /// <param name="home">Where the program finds and keeps user secrets.</param>
    /// <param name="engine">Address of the container engine; null: the client's default.</param>
    public static GoldenAppHost Start(GoldenProgram program, string home, string? engine)
    {
        int[] ports = [FreePort(), FreePort(), FreePort()];
        var temporary = Directory.CreateTempSubdirectory("golden-tmp-");
        var start = new ProcessStartInfo("dotnet", [program.AppHost]) { WorkingDirectory = program.Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var name in new[] { "PATH", "LANG", "DOTNET_ROOT" })
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        // Under other names than usual, because variables that begin with ASPIRE_ are handed on.
        var (orchestrator, dashboard) = (Environment.GetEnvironmentVariable("ASPIRE_DCP_PATH"), Environment.GetEnvironmentVariable("ASPIRE_DASHBOARD_PATH"));
        (string Name, string? Value)[] recorded =
        [
            ("DcpPublisher__CliPath", orchestrator is null ? null : Path.Combine(orchestrator, "dcp")), ("DcpPublisher__DashboardPath", dashboard),
            ("HOME", home), ("TMPDIR", temporary.FullName), ("DOCKER_HOST", engine), ("ASPNETCORE_ENVIRONMENT", "Development"), ("DOTNET_ENVIRONMENT", "Development"),
            ("ASPNETCORE_URLS", $"http://127.0.0.1:{ports[0]}"), ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", $"http://127.0.0.1:{ports[1]}"),
            ("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", $"http://127.0.0.1:{ports[2]}"), ("ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN", "golden-token"),
            ("ASPIRE_DASHBOARD_RESOURCESERVICE_APIKEY", Key), ("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true"), ("ASPIRE_ENABLE_CONTAINER_TUNNEL", "false"),
        ];
        foreach (var (name, value) in recorded.Where(v => v.Value is not null))
        {
            start.Environment[name] = value;
        }

        return new GoldenAppHost(Process.Start(start)!, temporary, ports);
    }

    /// <summary>The orchestrator's objects of one kind, in the form of the recording; none while it is not up.</summary>
    /// <param name="plural"><c>containers</c>, <c>services</c> …</param>
    public async Task<JsonObject[]> ObjectsAsync(string plural, CancellationToken cancellationToken)
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"The program ended with {_process.ExitCode}:\n{Output}");
        }

        _orchestrator ??= await ConnectAsync(cancellationToken);
        if (_orchestrator is null)
        {
            return [];
        }

        var list = JsonNode.Parse(await _orchestrator.GetStringAsync($"apis/usvc-dev.developer.microsoft.com/v1/{plural}", cancellationToken));
        return [.. (list!["items"] as JsonArray ?? []).Select(o => AsRecorded(o!.AsObject()))];
    }

    /// <summary>Does what a click in the dashboard does.</summary>
    /// <param name="instance">Name of the instance, as in the messages.</param>
    public async Task CommandAsync(string instance, string resourceType, string command, CancellationToken cancellationToken)
    {
        using var client = new GrpcClient($"http://127.0.0.1:{Ports[2]}", Key);
        var request = new ResourceCommandRequest { CommandName = command, ResourceName = instance, ResourceType = resourceType };
        var response = await client.UnaryAsync("ExecuteResourceCommand", request, ResourceCommandResponse.Parser, cancellationToken);
        Assert.Equal(ResourceCommandResponseKind.Succeeded, response.Kind);
    }

    /// <summary>Stops it as Ctrl+C does, and waits until the orchestrator has cleaned up.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        using var limit = new CancellationTokenSource(s_stopLimit);
        using (var kill = Process.Start("/bin/sh", ["-c", "kill -TERM $0 2>/dev/null", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(limit.Token);
        }

        await _process.WaitForExitAsync(limit.Token);
        while (SessionFolders().Length > 0)
        {
            await Task.Delay(s_pollEvery, TimeProvider.System, limit.Token);
        }

        return _process.ExitCode;
    }

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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static JsonObject AsRecorded(JsonObject seen)
    {
        var metadata = seen["metadata"]!;
        var owners = (metadata["ownerReferences"] as JsonArray ?? []).Select(o => new JsonObject { ["kind"] = o!["kind"]?.DeepClone(), ["name"] = o["name"]?.DeepClone() });
        var result = new JsonObject { ["kind"] = seen["kind"]?.DeepClone(), ["name"] = metadata["name"]!.DeepClone() };
        (string Name, JsonNode? Value)[] parts =
            [("annotations", metadata["annotations"]?.DeepClone()), ("ownerReferences", new JsonArray([.. owners])), ("spec", seen["spec"]?.DeepClone()), ("status", seen["status"]?.DeepClone())];
        foreach (var (name, value) in parts.Where(p => p.Value is not (null or JsonArray { Count: 0 })))
        {
            result[name] = value;
        }

        return result;
    }

    private string[] SessionFolders() => _temporary.Exists ? [.. Directory.EnumerateFiles(_temporary.FullName, "kubeconfig", SearchOption.AllDirectories)] : [];

    private async Task<HttpClient?> ConnectAsync(CancellationToken cancellationToken)
    {
        if (SessionFolders() is not [var file, ..] || DcpConnection.Parse(await File.ReadAllTextAsync(file, cancellationToken)) is not { } connection)
        {
            return null;
        }

        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.CertificateChainPolicy = new() { TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust };
        handler.SslOptions.CertificateChainPolicy.RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck;
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(connection.CertificateAuthority);
        return new HttpClient(handler) { BaseAddress = connection.Server, DefaultRequestHeaders = { Authorization = new("Bearer", connection.Token) } };
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
