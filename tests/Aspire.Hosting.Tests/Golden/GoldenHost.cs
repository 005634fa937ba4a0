using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Aspire.Hosting.Dcp;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>A recorded program that runs in the surroundings of the recording, and a look at what the orchestrator was told.</summary>
internal sealed partial class GoldenHost : IAsyncDisposable
{
    /// <summary>The recordings give the dashboard these, so a run needs them too.</summary>
    private static readonly int[] s_ports = [18888, 18889, 18890];
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _output;
    private readonly DirectoryInfo _home;
    private readonly TaskCompletionSource<string> _kubeconfig;
    private readonly CancellationTokenSource _deadline;
    private HttpClient? _http;

    private GoldenHost(Process process, StringBuilder output, DirectoryInfo home, TaskCompletionSource<string> kubeconfig, CancellationTokenSource deadline)
    {
        _process = process;
        _output = output;
        _home = home;
        _kubeconfig = kubeconfig;
        _deadline = deadline;
    }

    /// <summary>Null: the tools are not on this machine.</summary>
    public static string? Bundle { get; } = FindBundle();

    public CancellationToken Token => _deadline.Token;

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

    public static GoldenHost Start(GoldenProgram program, params (string Name, string Value)[] environment)
    {
        Assert.SkipWhen(Bundle is null, "The orchestrator and the dashboard are not installed: neither ASPIRE_DCP_PATH nor .tools/aspire/bundle has them. ./run installs them.");
        foreach (var port in s_ports)
        {
            Assert.SkipWhen(IsBusy(port), $"Port {port}, which the recording fixes, is in use on this machine.");
        }

        var home = Directory.CreateTempSubdirectory("golden-home-");
        var start = new ProcessStartInfo(
            "dotnet",
            [program.AppHost, "--dcp-cli-path", Path.Combine(Bundle!, "dcp", "dcp"), "--dcp-dashboard-path", Path.Combine(Bundle!, "managed", "aspire-managed")]) { WorkingDirectory = program.Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        var path = start.Environment["PATH"];
        var root = start.Environment.TryGetValue("DOTNET_ROOT", out var value) ? value : null;
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        if (root is not null)
        {
            start.Environment["DOTNET_ROOT"] = root;
        }

        (string, string)[] recorded =
        [
            ("HOME", home.FullName), ("TMPDIR", home.FullName), ("ASPNETCORE_ENVIRONMENT", "Development"), ("DOTNET_ENVIRONMENT", "Development"),
            ("ASPNETCORE_URLS", "http://127.0.0.1:18888"), ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "http://127.0.0.1:18889"),
            ("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", "http://127.0.0.1:18890"), ("ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN", "golden-token"),
            ("ASPIRE_DASHBOARD_RESOURCESERVICE_APIKEY", "golden-key"), ("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true"),
            ("ASPIRE_ENABLE_CONTAINER_TUNNEL", "false"),
        ];
        foreach (var (name, text) in recorded.Concat(environment))
        {
            start.Environment[name] = text;
        }

        var output = new StringBuilder();
        var kubeconfig = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += OnLine;
        process.ErrorDataReceived += OnLine;
        process.Exited += (_, _) => kubeconfig.TrySetException(new InvalidOperationException($"The AppHost ended:\n{output}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(s_limit);
        return new GoldenHost(process, output, home, kubeconfig, deadline);

        void OnLine(object sender, DataReceivedEventArgs line)
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }

            if (line.Data is { } text && KubeconfigPath().Match(text) is { Success: true } match)
            {
                kubeconfig.TrySetResult(match.Groups[1].Value);
            }
        }
    }

    /// <summary>All objects of one kind, by name.</summary>
    /// <param name="plural">Such as <c>executables</c>.</param>
    public async Task<IReadOnlyDictionary<string, JsonNode>> ListAsync(string plural)
    {
        _http ??= await ConnectAsync();
        var text = await _http.GetStringAsync($"apis/usvc-dev.developer.microsoft.com/v1/{plural}", TestContext.Current.CancellationToken);
        return JsonNode.Parse(text)!["items"]!.AsArray().ToDictionary(o => o!["metadata"]!["name"]!.GetValue<string>(), o => o!);
    }

    /// <summary>Looks again until the condition holds; at the limit the last look is returned all the same, for the comparison to show what is missing.</summary>
    public async Task<IReadOnlyDictionary<string, JsonNode>> ListWhenAsync(string plural, Func<IReadOnlyDictionary<string, JsonNode>, bool> condition)
    {
        while (true)
        {
            var objects = await ListAsync(plural);
            if (condition(objects) || _deadline.IsCancellationRequested)
            {
                return objects;
            }

            await Task.Delay(s_poll, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public void Send(int signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync(Token);
        return _process.ExitCode;
    }

    /// <summary>Whether a process is left that was started by this run: each inherits the run's own temporary folder.</summary>
    public IReadOnlyList<string> LeftProcesses() =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])).Where(Belongs),
    ];

    public IReadOnlyList<string> LeftSessionFolders() => [.. Directory.EnumerateDirectories(_home.FullName, "slipway-dcp-*")];

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Send(15);
        }

        using var limit = new CancellationTokenSource(s_stopLimit);
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        while (LeftProcesses().Count > 0 && !limit.IsCancellationRequested)
        {
            await Task.Delay(s_poll, TimeProvider.System, CancellationToken.None);
        }

        _process.Dispose();
        _http?.Dispose();
        _deadline.Dispose();
        _home.Delete(recursive: true);
    }

    private static bool IsBusy(int port)
    {
        try
        {
            using var listener = new TcpListener(System.Net.IPAddress.Loopback, port);
            listener.Start();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static string? FindBundle()
    {
        var named = Environment.GetEnvironmentVariable("ASPIRE_DCP_PATH") is { Length: > 0 } dcp ? Path.GetDirectoryName(Path.GetFullPath(dcp)) : null;
        string?[] places = [named, Path.Combine(GoldenData.Repository, ".tools", "aspire", "bundle")];
        return places.FirstOrDefault(p => p is not null && File.Exists(Path.Combine(p, "dcp", "dcp")) && File.Exists(Path.Combine(p, "managed", "aspire-managed")));
    }

    [GeneratedRegex("Starting DCP with arguments: .*--kubeconfig \"(.+)\"")]
    private static partial Regex KubeconfigPath();

    private bool Belongs(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ")).Contains($"TMPDIR={_home.FullName}\0", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task<HttpClient> ConnectAsync()
    {
        var path = await _kubeconfig.Task.WaitAsync(TestContext.Current.CancellationToken);
        while (!File.Exists(path))
        {
            await Task.Delay(s_poll, TimeProvider.System, TestContext.Current.CancellationToken);
        }

        var connection = DcpConnection.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        var policy = new System.Security.Cryptography.X509Certificates.X509ChainPolicy
        {
            TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust,
            RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.Add(connection.CertificateAuthority);
        var http = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } }) { BaseAddress = connection.Server };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", connection.Token);
        return http;
    }
}
