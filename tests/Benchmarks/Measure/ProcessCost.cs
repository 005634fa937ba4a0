using System.Globalization;

namespace Slipway.Benchmarks.Measure;

/// <summary>What processes have used so far.</summary>
/// <param name="Processor">User and system time of all of them together.</param>
/// <param name="MemoryBytes">Resident, of all of them together; pages that they share are counted once for each.</param>
internal sealed record ProcessCost(TimeSpan Processor, long MemoryBytes)
{
    /// <summary>The kernel counts in hundredths of a second.</summary>
    private const int TicksPerSecond = 100;

    /// <summary>Of a process and everything that it started.</summary>
    public static ProcessCost Of(int root)
    {
        var all = Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder))
            .Where(name => char.IsAsciiDigit(name[0])).Select(Stat).OfType<Fields>().ToList();
        var family = new HashSet<int> { root };
        while (all.Any(process => family.Contains(process.Parent) && family.Add(process.Id)))
        {
        }

        var own = all.Where(process => family.Contains(process.Id)).ToList();
        return new ProcessCost(TimeSpan.FromSeconds(own.Sum(process => process.Ticks) / (double)TicksPerSecond), own.Sum(process => process.Pages) * Environment.SystemPageSize);
    }

    /// <returns>Null: it has ended meanwhile.</returns>
    private static Fields? Stat(string id)
    {
        try
        {
            // 1234 (name, which may hold spaces and brackets) S 1 ... : fields from the state on, so field 4 of proc(5) is at 1.
            var text = File.ReadAllText($"/proc/{id}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return new Fields(Number(id), (int)Long(fields[1]), Long(fields[11]) + Long(fields[12]), Long(fields[21]));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static long Long(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Fields(int Id, int Parent, long Ticks, long Pages);
}
