using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Slipway.Benchmarks.Measure;
using Slipway.Benchmarks.Whole;

namespace Slipway.Benchmarks.Faults;

/// <summary>What a client sees at a steady rate while a part is away for some seconds, and whether every acknowledged write is there at the end.</summary>
internal static class FaultTable
{
    private const int Replicas = 2;

    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_broken = TimeSpan.FromSeconds(10);

    /// <summary>Longer than any circuit or probe needs.</summary>
    private static readonly TimeSpan s_after = TimeSpan.FromSeconds(20);

    public static async Task PrintAsync(int requestsPerSecond, CancellationToken cancellationToken)
    {
        await using var whole = await WholeApplication.StartAsync(Replicas, telemetry: null, cancellationToken);
        var rows = new List<string>();
        for (var index = 0; index < Fault.All.Count; index++)
        {
            rows.Add(await MeasureAsync(whole, Fault.All[index], index + 1, requestsPerSecond, cancellationToken));
            await Console.Error.WriteLineAsync(rows[^1]);
        }

        Console.WriteLine($"{Machine.Describe()}, {requestsPerSecond} requests/s, one in five a write; {Replicas} replicas of the Api; broken for {s_broken.TotalSeconds:0} s");
        Console.WriteLine();
        Console.WriteLine("| fault | reads | of them stale | refused | failed | writes | refused | failed | slowest answer s | first not answered after the fault s | last after the repair s | acknowledged writes lost |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        rows.ForEach(Console.WriteLine);
    }

    private static async Task<string> MeasureAsync(WholeApplication whole, Fault fault, int run, int requestsPerSecond, CancellationToken cancellationToken)
    {
        using var load = new SteadyLoad(whole, requestsPerSecond);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = load.RunAsync(run, ended.Token);
        await Task.Delay(s_before, TimeProvider.System, cancellationToken);
        var brokenAt = Stopwatch.GetTimestamp();
        await fault.BreakAsync(whole);
        var rest = s_broken - Stopwatch.GetElapsedTime(brokenAt);
        await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, TimeProvider.System, cancellationToken);
        await fault.RepairAsync(whole, cancellationToken);
        var repairedAt = Stopwatch.GetTimestamp();
        await Task.Delay(s_after, TimeProvider.System, cancellationToken);
        await ended.CancelAsync();
        await running;

        var entries = load.Ledger.Entries;
        var notAnswered = entries.Where(entry => entry.Outcome is Outcome.Refused or Outcome.Failed).ToList();
        var lost = await LostAsync(whole, entries.Where(entry => entry is { IsWrite: true, Outcome: Outcome.Answered }).Select(entry => entry.Version!).ToList(), cancellationToken);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {fault.Name} | {Count(false)} | {Count(false, Outcome.Stale)} | {Count(false, Outcome.Refused)} | {Count(false, Outcome.Failed)} | {Count(true)} | {Count(true, Outcome.Refused)} | {Count(true, Outcome.Failed)} | {entries.Max(entry => entry.Took).TotalSeconds:0.00} | {Seconds(notAnswered.Count == 0 ? null : notAnswered.Min(entry => entry.SentAt), brokenAt)} | {Seconds(notAnswered.Count == 0 ? null : notAnswered.Max(entry => entry.SentAt), repairedAt)} | {lost} |");

        int Count(bool isWrite, Outcome? outcome = null) => entries.Count(entry => entry.IsWrite == isWrite && (outcome is null || entry.Outcome == outcome));

        static string Seconds(long? at, long since) => at is null ? "" : ((at.Value - since) / (double)Stopwatch.Frequency).ToString("0.0", CultureInfo.InvariantCulture);
    }

    private static async Task<int> LostAsync(WholeApplication whole, List<string> acknowledged, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(whole.Database + ";Pooling=false");
        await using var command = source.CreateCommand("select version from releases");
        var there = new HashSet<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            there.Add(reader.GetString(0));
        }

        return acknowledged.Count(version => !there.Contains(version));
    }
}
