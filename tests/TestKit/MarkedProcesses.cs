using System.Globalization;
using System.Text;

namespace Slipway.TestKit;

/// <summary>
/// Everything that a program started, also what left its process group or its session: descendants inherit the environment, so a
/// variable with a value of its own marks them all.
/// </summary>
/// <param name="mark">Unique text; null: a new one.</param>
public sealed class MarkedProcesses(string? mark = null)
{
    public const string Variable = "SLIPWAY_TEST_MARK";

    private readonly byte[] _needle = Encoding.UTF8.GetBytes($"{Variable}={mark ?? Guid.CreateVersion7().ToString("N")}");

    /// <summary>Value for <see cref="Variable"/> in the environment of the first process.</summary>
    public string Mark => Encoding.UTF8.GetString(_needle)[(Variable.Length + 1)..];

    /// <returns>Process id and command line of every marked process that still runs, this one left out.</returns>
    public IReadOnlyList<(int Id, string CommandLine)> Running()
    {
        var found = new List<(int, string)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != Environment.ProcessId
                && Read(folder, "environ").AsSpan().IndexOf(_needle) >= 0 && !IsZombie(folder))
            {
                found.Add((id, Encoding.UTF8.GetString(Read(folder, "cmdline")).Replace('\0', ' ').Trim()));
            }
        }

        return found;
    }

    /// <summary>Waits until none is left.</summary>
    /// <returns>Those that still run at the limit; empty: all gone.</returns>
    public async Task<IReadOnlyList<(int Id, string CommandLine)>> WaitUntilGoneAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var running = Running();
            if (running.Count == 0 || TimeProvider.System.GetElapsedTime(start) > limit)
            {
                return running;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>A process may end while it is read.</summary>
    private static byte[] Read(string folder, string file)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool IsZombie(string folder) => Encoding.UTF8.GetString(Read(folder, "stat")).Contains(") Z ", StringComparison.Ordinal);
}
