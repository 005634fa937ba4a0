using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace Slipway.ServiceDefaults.Health;

/// <summary>Something that a service adds to <c>/health/detailed</c>: a pool, a queue, a cache.</summary>
public interface IHealthDetail
{
    /// <summary>Unique in the service.</summary>
    string Name { get; }

    /// <summary>What is known at this moment, written as JSON; no secrets. It waits for nothing.</summary>
    object Read();
}

/// <summary>The body of <c>/health/detailed</c>.</summary>
/// <param name="Service">Name of the service.</param>
/// <param name="Version">Of its build.</param>
/// <param name="Runtime">Of .NET.</param>
/// <param name="Environment">Development, Production, …</param>
/// <param name="StartedAt">Of the process.</param>
/// <param name="UptimeSeconds">Since then.</param>
/// <param name="Process">What it uses.</param>
/// <param name="Parts">By name: what the service adds.</param>
/// <param name="Health">As <c>/health</c> has it.</param>
internal sealed record HealthDetails(
    string Service,
    string Version,
    string Runtime,
    string Environment,
    DateTimeOffset StartedAt,
    double UptimeSeconds,
    HealthDetails.Usage Process,
    IReadOnlyDictionary<string, object> Parts,
    HealthResponse Health)
{
    /// <summary>What the process uses.</summary>
    /// <param name="ProcessorSeconds">Since its start, of all processors together.</param>
    /// <param name="WorkingSetBytes">Of memory.</param>
    /// <param name="HeapBytes">Of it the managed heap, as of the last collection.</param>
    /// <param name="Threads">Of the pool.</param>
    /// <param name="QueuedWork">Pieces of work that wait for a thread of the pool.</param>
    internal sealed record Usage(double ProcessorSeconds, long WorkingSetBytes, long HeapBytes, int Threads, long QueuedWork);

    public static HealthDetails Read(IHostEnvironment environment, IEnumerable<IHealthDetail> parts, HealthResponse health, TimeProvider clock)
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        var startedAt = new DateTimeOffset(process.StartTime.ToUniversalTime());
        return new HealthDetails(
            environment.ApplicationName,
            VersionOf(),
            System.Environment.Version.ToString(),
            environment.EnvironmentName,
            startedAt,
            Math.Round((clock.GetUtcNow() - startedAt).TotalSeconds, 1),
            new Usage(
                Math.Round(process.TotalProcessorTime.TotalSeconds, 2),
                process.WorkingSet64,
                GC.GetGCMemoryInfo().HeapSizeBytes,
                ThreadPool.ThreadCount,
                ThreadPool.PendingWorkItemCount),
            parts.ToDictionary(static part => part.Name, static part => part.Read()),
            health);
    }

    /// <summary>Of the service's build: <c>0.1.0+commit</c>.</summary>
    public static string VersionOf() =>
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
