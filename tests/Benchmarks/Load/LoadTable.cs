using System.Globalization;
using System.Net.Http.Json;
using Slipway.Benchmarks.Measure;
using Slipway.Benchmarks.Proxies;
using Slipway.Benchmarks.Whole;

namespace Slipway.Benchmarks.Load;

/// <summary>Reads and writes through the Gateway with key check, limits and tracing on, on processors shared with the load, PostgreSQL and Redis.</summary>
internal static class LoadTable
{
    private const int Connections = 64;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(10);

    /// <summary>Releases of one application are recorded one after the other; those of several at the same time.</summary>
    private const int Applications = 64;

    /// <summary>A new version with each request, for each application in turn.</summary>
    private const string Writes = """
        local digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        local start, count = os.time(), 0
        request = function()
          count = count + 1
          local version = string.format("1.%d.%d", start, count)
          return wrk.format("POST", "/applications/load-" .. count % 64 .. "/releases", nil, '{"version":"' .. version .. '","artifacts":[{"name":"web","image":"registry.example/web:' .. version ..
            '","digest":"' .. digest .. '"}],"configurationDigest":"' .. digest .. '","schemaVersion":3,"notes":""}')
        end

        """;

    /// <param name="replicas">Of the Api.</param>
    /// <param name="duration">Of the reads, and of the writes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task PrintAsync(int replicas, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using var telemetry = await Backend.StartAsync();
        await using var whole = await WholeApplication.StartAsync(replicas, telemetry.Address, cancellationToken);
        using (var client = whole.NewClient())
        {
            for (var number = 0; number < Applications; number++)
            {
                using var registered = await client.PostAsJsonAsync("/applications", new { name = string.Create(CultureInfo.InvariantCulture, $"load-{number}") }, cancellationToken);
                registered.EnsureSuccessStatusCode();
            }
        }

        var rows = new List<(string Name, Wrk Load, Usage Usage)>
        {
            await MeasureAsync(whole, "reads of one application", $"/applications/{WholeApplication.Registered}", null, duration, cancellationToken),
            await MeasureAsync(whole, "writes: a release recorded", "/", Writes, duration, cancellationToken),
        };

        Console.WriteLine($"{Machine.Describe()}, {Connections} connections, {duration.TotalSeconds:0} s each, {replicas} replica(s) of the Api");
        Console.WriteLine();
        Console.WriteLine("| | requests/s | p50 ms | p95 ms | p99 ms | errors | CPU µs/request: Gateway | Api | RSS MB at most: Gateway | Api |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (name, load, usage) in rows)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {load.RequestsPerSecond:0} | {load.P50.TotalMilliseconds:0.0} | {load.P95.TotalMilliseconds:0.0} | {load.P99.TotalMilliseconds:0.0} | {load.Errors} | {usage.Gateway.Processor.TotalMicroseconds / load.Requests:0} | {usage.Apis.Processor.TotalMicroseconds / load.Requests:0} | {usage.Gateway.MemoryBytes / 1e6:0} | {usage.Apis.MemoryBytes / 1e6:0} |"));
        }

        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Ready after the start of the process: Api {string.Join(", ", whole.Apis.Select(api => api.ReadyAfter.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)))} s, Gateway {whole.Gateway.ReadyAfter.TotalSeconds:0.00} s."));
    }

    private static async Task<(string, Wrk, Usage)> MeasureAsync(WholeApplication whole, string name, string path, string? script, TimeSpan duration, CancellationToken cancellationToken)
    {
        await RunAsync(s_warmUp);
        var before = Usage.Of(whole);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var memory = Usage.MostMemoryAsync(whole, ended.Token);
        var load = await RunAsync(duration);
        await ended.CancelAsync();
        var most = await memory;
        var after = Usage.Of(whole);
        await Console.Error.WriteLineAsync($"{name}: {load}");
        return (name, load, new Usage(
            new ProcessCost(after.Gateway.Processor - before.Gateway.Processor, most.Gateway.MemoryBytes), new ProcessCost(after.Apis.Processor - before.Apis.Processor, most.Apis.MemoryBytes)));

        Task<Wrk> RunAsync(TimeSpan length) => Wrk.RunAsync(
            new Uri(whole.Gateway.Address, path), Connections, length, [whole.Credential, ("Content-Type", "application/json")], script, cancellationToken);
    }
}
