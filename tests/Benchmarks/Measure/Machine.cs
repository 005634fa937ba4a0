using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Slipway.Benchmarks.Measure;

/// <summary>Where a figure comes from.</summary>
internal static class Machine
{
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>Processors, memory, runtime and the day: what stands above each table.</summary>
    public static string Describe() => FormattableString.Invariant(
        $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GiB, {RuntimeInformation.FrameworkDescription}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}");

    /// <summary>The assembly of a service, of the same configuration as this one.</summary>
    public static string ServiceAssembly(string name) =>
        Path.Combine(RepositoryRoot, "artifacts", "bin", name, new DirectoryInfo(AppContext.BaseDirectory).Name, name + ".dll");

    private static string FindRoot([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".."));
}
