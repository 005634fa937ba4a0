using Slipway.Benchmarks.Measure;
using Slipway.Benchmarks.Whole;

namespace Slipway.Benchmarks.Load;

/// <summary>What the services have used.</summary>
/// <param name="Gateway">Of the Gateway.</param>
/// <param name="Apis">Processor time of all replicas, memory of the largest.</param>
internal sealed record Usage(ProcessCost Gateway, ProcessCost Apis)
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);

    public static Usage Of(WholeApplication whole)
    {
        var apis = whole.Apis.Select(api => ProcessCost.Of(api.ProcessId)).ToList();
        return new Usage(
            ProcessCost.Of(whole.Gateway.ProcessId),
            new ProcessCost(TimeSpan.FromTicks(apis.Sum(api => api.Processor.Ticks)), apis.Max(api => api.MemoryBytes)));
    }

    /// <summary>The most memory that was in use at a look, one a second, until it is ended.</summary>
    public static async Task<Usage> MostMemoryAsync(WholeApplication whole, CancellationToken ended)
    {
        var most = Of(whole);
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(s_lookEvery, TimeProvider.System, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var now = Of(whole);
            most = new Usage(Larger(most.Gateway, now.Gateway), Larger(most.Apis, now.Apis));
        }

        return most;
    }

    private static ProcessCost Larger(ProcessCost one, ProcessCost other) => one.MemoryBytes > other.MemoryBytes ? one : other;
}
