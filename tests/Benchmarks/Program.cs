using System.Globalization;
using System.Runtime.InteropServices;
using Slipway.Benchmarks;

// Measures how long the whole application takes to start and to stop, and prints a table for docs/performance.md.
// Usage: dotnet run --project tests/Benchmarks -c Release -- [runs]      (default: 5 runs after one to warm up)
var runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
var results = new List<StartAndStop>();
using var data = new BenchmarkData();
for (var run = 0; run <= runs; run++)
{
    var result = await StartAndStop.MeasureAsync(data, CancellationToken.None);
    Console.Error.WriteLine(run == 0 ? $"first run on empty data (not counted below): {result}" : $"run {run}: {result}");
    if (run > 0)
    {
        results.Add(result);
    }
}

Console.WriteLine($"{Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, {runs} runs after one to warm up");
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
