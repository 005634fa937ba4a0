using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Slipway.Benchmarks.Measure;
using Slipway.TestKit;

namespace Slipway.Benchmarks.Start;

/// <summary>One start and stop of the whole application, dashboard included. Times are from the start of the process, or from SIGTERM.</summary>
internal sealed record StartAndStop(TimeSpan Healthy, TimeSpan FirstAnswer, TimeSpan AppHostGone, TimeSpan EverythingGone)
{
    private const string Started = "Distributed application started.";
    private const string Ready = "The application is ready.";

    private const string FirstKeySecret = "only-for-measuring-3f9c1d7e5b2a4860";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    public static async Task<StartAndStop> MeasureAsync(BenchmarkData data, CancellationToken cancellationToken)
    {
        var started = new MarkedProcesses();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_limit);
        var ready = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(Command(data, started))!;
        var output = new List<string>();
        process.OutputDataReceived += (_, line) =>
        {
            output.Add(line.Data ?? string.Empty);
            if (line.Data?.Contains(Started, StringComparison.Ordinal) == true)
            {
                created.TrySetResult();
            }

            if (line.Data?.Contains(Ready, StringComparison.Ordinal) == true)
            {
                ready.TrySetResult(watch.Elapsed);
            }
        };
        process.BeginOutputReadLine();

        var answer = FirstAnswerAsync(created.Task, watch, limit.Token);
        var exited = process.WaitForExitAsync(limit.Token);
        if (await Task.WhenAny(Task.WhenAll(ready.Task, answer), exited) == exited)
        {
            throw new InvalidOperationException($"The AppHost did not become ready:{Environment.NewLine}{string.Join(Environment.NewLine, output)}");
        }

        var stop = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(limit.Token);
        }

        await exited;
        var appHostGone = stop.Elapsed;
        var left = await started.WaitUntilGoneAsync(s_limit, limit.Token);
        return left.Count == 0
            ? new StartAndStop(await ready.Task, await answer, appHostGone, stop.Elapsed)
            : throw new InvalidOperationException($"Still running: {string.Join(", ", left)}");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"healthy {Healthy.TotalSeconds:0.00} s, Gateway answers {FirstAnswer.TotalSeconds:0.00} s, AppHost gone {AppHostGone.TotalSeconds:0.00} s, everything gone {EverythingGone.TotalSeconds:0.00} s");

    private static ProcessStartInfo Command(BenchmarkData data, MarkedProcesses started)
    {
        var root = Machine.RepositoryRoot;
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(root, "artifacts", "bin", "AppHost", configuration, "AppHost.dll"),
            $"--AppHost:DataPath={data.Path}", "--Parameters:postgres-password=bench", "--Parameters:cache-password=bench",
            $"--Parameters:first-api-key-secret={FirstKeySecret}",
        ])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.Combine(root, "AppHost"),
        };
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_URLS"] = $"http://localhost:{ServerProcess.FreePort().ToString(CultureInfo.InvariantCulture)}";
        start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        start.Environment[MarkedProcesses.Variable] = started.Mark;
        return start;
    }

    /// <summary>Asks from the moment on that the Gateway's process was created: asking earlier would only take the processor from those who start.</summary>
    private static async Task<TimeSpan> FirstAnswerAsync(Task created, Stopwatch watch, CancellationToken cancellationToken)
    {
        await created.WaitAsync(cancellationToken);
        var gateway = GatewayUrl();
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2), DefaultRequestHeaders = { { "X-Api-Key", $"first.{FirstKeySecret}" } } };
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(gateway, "/applications"), cancellationToken);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return watch.Elapsed;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // Not there yet; the next try tells.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>The Gateway's public address is fixed by its launch profile.</summary>
    private static Uri GatewayUrl()
    {
        var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(Machine.RepositoryRoot, "Gateway", "Properties", "launchSettings.json")));
        return new Uri(settings.RootElement.GetProperty("profiles").GetProperty("http").GetProperty("applicationUrl").GetString()!);
    }
}
