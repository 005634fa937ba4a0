using System.Globalization;
using Slipway.Benchmarks.Measure;

namespace Slipway.Benchmarks.Start;

/// <summary>How long the whole application takes to start and to stop.</summary>
internal static class StartTable
{
    /// <param name="runs">After one to warm up, on empty data.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task PrintAsync(int runs, CancellationToken cancellationToken)
    {
        var results = new List<StartAndStop>();
        using var data = new BenchmarkData();
        for (var run = 0; run <= runs; run++)
        {
            var result = await StartAndStop.MeasureAsync(data, cancellationToken);
            await Console.Error.WriteLineAsync(run == 0 ? $"first run on empty data (not counted below): {result}" : $"run {run}: {result}");
            if (run > 0)
            {
                results.Add(result);
            }
        }

        Console.WriteLine($"{Machine.Describe()}, {runs} runs after one to warm up");
        Console.WriteLine();
        Console.WriteLine("| from | to | median s | min | max |");
        Console.WriteLine("|---|---|---|---|---|");
        Row("start of the AppHost process", "all resources healthy", r => r.Healthy);
        Row("start of the AppHost process", "Gateway answers 200", r => r.FirstAnswer);
        Row("SIGTERM", "AppHost process gone", r => r.AppHostGone);
        Row("SIGTERM", "every process of the run gone", r => r.EverythingGone);

        void Row(string from, string to, Func<StartAndStop, TimeSpan> figure)
        {
            var seconds = results.Select(r => figure(r).TotalSeconds).Order().ToArray();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {from} | {to} | {seconds[seconds.Length / 2]:0.00} | {seconds[0]:0.00} | {seconds[^1]:0.00} |"));
        }
    }
}
