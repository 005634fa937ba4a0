using System.Globalization;
using Slipway.Benchmarks.Measure;
using Slipway.TestKit;

namespace Slipway.Benchmarks.Proxies;

/// <summary>The Gateway beside nginx and HAProxy. Rounds are interleaved and their order rotates; ratios are taken within a round.</summary>
internal static class ProxyTable
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(5);
    private static readonly (string, string)[] s_noHeaders = [];

    public static async Task PrintAsync(int rounds, TimeSpan duration, int connections, CancellationToken cancellationToken)
    {
        var redis = new RedisServer();
        await redis.InitializeAsync();
        await using var backend = await Backend.StartAsync();
        var telemetry = new[] { ("OTEL_EXPORTER_OTLP_ENDPOINT", backend.Address.GetLeftPart(UriPartial.Authority)), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf") };
        IProxy[] proxies = [new NoProxy(), new NginxProxy(), new HaProxy(), new GatewayProxy("Gateway", redis), new GatewayProxy("Gateway, tracing on", redis, telemetry)];
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

        Print(results, $"{Machine.Describe()}, {connections} connections, {rounds} rounds of {duration.TotalSeconds:0} s");
    }

    private static async Task<Result> MeasureAsync(IProxy proxy, TimeSpan duration, int connections, CancellationToken cancellationToken)
    {
        var before = proxy.ProcessId is { } id ? ProcessCost.Of(id) : null;
        var load = await Wrk.RunAsync(new Uri(proxy.Address, "/applications/shop"), connections, duration, s_noHeaders, script: null, cancellationToken);
        var after = proxy.ProcessId is { } same ? ProcessCost.Of(same) : null;
        return new Result(load, after is null ? null : (after.Processor - before!.Processor) / load.Requests, after?.MemoryBytes);
    }

    private static void Print(Dictionary<string, List<Result>> results, string above)
    {
        Console.WriteLine(above);
        Console.WriteLine();
        Console.WriteLine("| | requests/s | p50 ms | p99 ms | CPU µs/request | RSS MB | errors | requests/s of nginx's | p99 of nginx's | requests/s of HAProxy's |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (name, own) in results)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {Median(own, r => r.Load.RequestsPerSecond):0} | {Median(own, r => r.Load.P50.TotalMilliseconds):0.00} | {Median(own, r => r.Load.P99.TotalMilliseconds):0.00} | {Median(own, r => r.Processor?.TotalMicroseconds):0.0} | {Median(own, r => r.MemoryBytes / 1e6):0} | {own.Sum(r => r.Load.Errors)} | {Ratio("nginx", r => r.Load.RequestsPerSecond)} | {Ratio("nginx", r => r.Load.P99.TotalMilliseconds)} | {Ratio("HAProxy", r => r.Load.RequestsPerSecond)} |"));

            string Ratio(string other, Func<Result, double> figure)
            {
                var ratios = own.Zip(results[other], (mine, theirs) => figure(mine) / figure(theirs)).Order().ToArray();
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
