namespace Slipway.Benchmarks.Start;

/// <summary>Data of the local servers, shared by the runs: a warm start finds its database.</summary>
internal sealed class BenchmarkData : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("slipway-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
