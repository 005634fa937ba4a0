using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>What the runtime's own meter (processor time, working set, heap, pool) leaves out: files, threads of the system, age, and disks.</summary>
internal sealed class ProcessMetrics
{
    public const string MeterName = "Slipway.Process";

    private const string OpenFiles = "/proc/self/fd";

    private readonly string[] _disks;

    public ProcessMetrics(IMeterFactory meters, IOptions<MetricsOptions> options, IHostEnvironment environment)
    {
        var root = Path.GetPathRoot(environment.ContentRootPath)!;
        _disks = [.. new[] { root, Path.GetFullPath(options.Value.DataFolder ?? environment.ContentRootPath) }.Distinct(StringComparer.Ordinal)];
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("process.start_time", StartTime, "s", "When the process started, in seconds since 1970.");
        meter.CreateObservableUpDownCounter("process.thread.count", Threads, "{thread}", "Threads of the process, of the pool and others.");
        meter.CreateObservableUpDownCounter("process.memory.virtual", VirtualMemory, "By", "Address space that the process has reserved.");
        meter.CreateObservableUpDownCounter("process.unix.file_descriptor.count", FilesOpen, "{file_descriptor}", "Files and sockets that the process has open.");
        meter.CreateObservableGauge("process.unix.file_descriptor.limit", FilesAllowed, "{file_descriptor}", "Files and sockets that the process may have open.");
        meter.CreateObservableGauge("slipway.disk.free", () => OfDisks(static disk => disk.AvailableFreeSpace), "By", "Space that the process may still use, of the disk that a folder is on.");
        meter.CreateObservableGauge("slipway.disk.size", () => OfDisks(static disk => disk.TotalSize), "By", "Size of the disk that a folder is on.");
    }

    private static double StartTime()
    {
        using var process = Process.GetCurrentProcess();
        return new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0;
    }

    private static int Threads()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }

    private static long VirtualMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.VirtualMemorySize64;
    }

    /// <summary>Nothing where the system has no such folder.</summary>
    private static IEnumerable<Measurement<int>> FilesOpen() =>
        Directory.Exists(OpenFiles) ? [new Measurement<int>(Directory.EnumerateFileSystemEntries(OpenFiles).Count())] : [];

    /// <summary>The line <c>Max open files            1024                 524288               files</c>: the first figure counts, or is "unlimited".</summary>
    private static IEnumerable<Measurement<long>> FilesAllowed()
    {
        const string limits = "/proc/self/limits";
        const string line = "Max open files";
        var found = File.Exists(limits) ? File.ReadLines(limits).FirstOrDefault(static text => text.StartsWith(line, StringComparison.Ordinal)) : null;
        var words = found?[line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [var most, ..] && long.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? [new Measurement<long>(number)] : [];
    }

    /// <summary>A folder that is gone or not ours to look at is left out; it must not cost the other figures.</summary>
    private IEnumerable<Measurement<long>> OfDisks(Func<DriveInfo, long> read)
    {
        foreach (var folder in _disks)
        {
            long figure;
            try
            {
                figure = read(new DriveInfo(folder));
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            yield return new Measurement<long>(figure, new KeyValuePair<string, object?>("folder", folder));
        }
    }
}
