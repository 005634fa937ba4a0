using Slipway.Benchmarks.Faults;
using Slipway.Benchmarks.Load;
using Slipway.Benchmarks.Proxies;
using Slipway.Benchmarks.Start;

// Called by tests/Benchmarks/run, which installs and builds what is measured. Prints tables for docs/performance.md; progress goes to stderr.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};
switch (args)
{
    case ["start", .. var rest]:
        await StartTable.PrintAsync(Number(rest, 0, 5), stop.Token);
        return 0;
    case ["proxies", .. var rest]:
        await ProxyTable.PrintAsync(Number(rest, 0, 6), TimeSpan.FromSeconds(Number(rest, 1, 5)), Number(rest, 2, 32), stop.Token);
        return 0;
    case ["costs", .. var rest]:
        await ProxyTable.PrintCostsAsync(Number(rest, 0, 6), TimeSpan.FromSeconds(Number(rest, 1, 5)), Number(rest, 2, 32), stop.Token);
        return 0;
    case ["load", .. var rest]:
        await LoadTable.PrintAsync(Number(rest, 1, 1), TimeSpan.FromSeconds(Number(rest, 0, 60)), stop.Token);
        return 0;
    case ["faults", .. var rest]:
        await FaultTable.PrintAsync(Number(rest, 0, 200), stop.Token);
        return 0;
    default:
        await Console.Error.WriteLineAsync("Run it with tests/Benchmarks/run, which says how.");
        return 2;
}

static int Number(string[] arguments, int index, int otherwise) =>
    index < arguments.Length ? int.Parse(arguments[index], System.Globalization.CultureInfo.InvariantCulture) : otherwise;
