using System.Globalization;
using Slipway.Benchmarks.Measure;
using Slipway.TestKit;

namespace Slipway.Benchmarks.Proxies;

/// <summary>The Gateway beside nginx and HAProxy. Rounds are interleaved and their order rotates; ratios are taken within a round.</summary>
internal static class ProxyTable
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(5);
    private static readonly (string, string)[] s_noHeaders = [];

    /// <summary>The Gateway beside nginx and HAProxy.</summary>
    public static Task PrintAsync(int rounds, TimeSpan duration, int connections, CancellationToken cancellationToken) => PrintAsync(
        "nginx", (redis, telemetry) => [new NoProxy(), new NginxProxy(), new HaProxy(), new GatewayProxy("Gateway", redis), new GatewayProxy("Gateway, tracing on", redis, telemetry)],
        rounds, duration, connections, cancellationToken);

    /// <summary>The Gateway beside itself, each time with one thing changed: what that thing costs or gains alone.</summary>
    public static Task PrintCostsAsync(int rounds, TimeSpan duration, int connections, CancellationToken cancellationToken) => PrintAsync(
        "as it is", (redis, telemetry) => [new GatewayProxy("as it is", redis), .. GatewaySettings.OneChangeEach(telemetry).Select(change => new GatewayProxy(change.Name, redis, change.Settings))],
        rounds, duration, connections, cancellationToken);

    private static async Task PrintAsync(
        string reference, Func<RedisServer, (string, string)[], IProxy[]> make, int rounds, TimeSpan duration, int connections, CancellationToken cancellationToken)
    {
        var redis = new RedisServer();
        await redis.InitializeAsync();
        await using var backend = await Backend.StartAsync();
        var proxies = make(redis, [("OTEL_EXPORTER_OTLP_ENDPOINT", backend.Address.GetLeftPart(UriPartial.Authority)), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]);
        var results = proxies.ToDictionary(proxy => proxy.Name, _ => new List<Result>());
        try
        {
            foreach (var proxy in proxies)
            {
                await proxy.StartAsync(backend.Address, cancellationToken);
                await MeasureAsync(proxy, s_warmUp, connections, cancellationToken);
            }

            for (var round = 0; round < rounds; round++)
            {
                for (var place = 0; place < proxies.Length; place++)
                {
                    var proxy = proxies[(round + place) % proxies.Length];
                    var result = await MeasureAsync(proxy, duration, connections, cancellationToken);
                    results[proxy.Name].Add(result);
                    await Console.Error.WriteLineAsync($"round {round + 1}: {proxy.Name}: {result.Load}");
                }
            }
        }
        finally
        {
            foreach (var proxy in proxies)
            {
                await proxy.DisposeAsync();
            }

            await redis.DisposeAsync();
        }

        Print(results, reference, $"{Machine.Describe()}, {connections} connections, {rounds} rounds of {duration.TotalSeconds:0} s");
    }

    private static async Task<Result> MeasureAsync(IProxy proxy, TimeSpan duration, int connections, CancellationToken cancellationToken)
    {
        var before = proxy.ProcessId is { } id ? ProcessCost.Of(id) : null;
        var load = await Wrk.RunAsync(new Uri(proxy.Address, "/applications/shop"), connections, duration, s_noHeaders, script: null, cancellationToken);
        var after = proxy.ProcessId is { } same ? ProcessCost.Of(same) : null;
        return new Result(load, after is null ? null : (after.Processor - before!.Processor) / load.Requests, after?.MemoryBytes);
    }

    private static void Print(Dictionary<string, List<Result>> results, string reference, string above)
    {
        Console.WriteLine(above);
        Console.WriteLine();
        Console.WriteLine($"| | requests/s | p50 ms | p99 ms | CPU µs/request | RSS MB | errors | requests/s: ratio to {reference} | p99: ratio to {reference} |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var (name, own) in results)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {Median(own, r => r.Load.RequestsPerSecond):0} | {Median(own, r => r.Load.P50.TotalMilliseconds):0.00} | {Median(own, r => r.Load.P99.TotalMilliseconds):0.00} | {Median(own, r => r.Processor?.TotalMicroseconds):0.0} | {Median(own, r => r.MemoryBytes / 1e6):0} | {own.Sum(r => r.Load.Errors)} | {Ratio(r => r.Load.RequestsPerSecond)} | {Ratio(r => r.Load.P99.TotalMilliseconds)} |"));

            string Ratio(Func<Result, double> figure)
            {
                var ratios = own.Zip(results[reference], (mine, theirs) => figure(mine) / figure(theirs)).Order().ToArray();
                return string.Create(CultureInfo.InvariantCulture, $"{ratios[ratios.Length / 2]:0.00} [{ratios[0]:0.00}–{ratios[^1]:0.00}]");
            }
        }
    }

    private static double? Median(List<Result> results, Func<Result, double?> figure)
    {
        var figures = results.Select(figure).OfType<double>().Order().ToArray();
        return figures.Length == 0 ? null : figures[figures.Length / 2];
    }

    /// <param name="Load">What the load saw.</param>
    /// <param name="Processor">Of the proxy, for each request; null: there is none.</param>
    /// <param name="MemoryBytes">Of the proxy, at the end.</param>
    private sealed record Result(Wrk Load, TimeSpan? Processor, long? MemoryBytes);
}
