using System.Diagnostics;
using System.Globalization;

namespace Aspire.Hosting.Dcp;

/// <summary>
/// The private folder of one run, <c>slipway-dcp-&lt;pid&gt;-&lt;start of that process&gt;-&lt;random&gt;</c> in the temporary folder.
/// The orchestrator deletes it as the last thing it does; when it was killed itself, the next run does.
/// </summary>
internal static class DcpSessionFolder
{
    private const string Prefix = "slipway-dcp-";

    /// <summary>The start of a process is computed from the uptime, and differs a little from reader to reader.</summary>
    private static readonly TimeSpan s_startTolerance = TimeSpan.FromSeconds(2);

    public static string Create()
    {
        using var self = Process.GetCurrentProcess();
        var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{self.Id}-{self.StartTime.ToUniversalTime().Ticks}-");
        return Directory.CreateTempSubdirectory(name).FullName;
    }

    /// <summary>Deletes the folders of runs of which no process is left: neither the AppHost nor an orchestrator that still cleans up.</summary>
    public static void SweepDead()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            var parts = Path.GetFileName(folder)[Prefix.Length..].Split('-');
            if (parts.Length < 3
                || !int.TryParse(parts[0], CultureInfo.InvariantCulture, out var pid)
                || !long.TryParse(parts[1], CultureInfo.InvariantCulture, out var started)
                || IsAlive(pid, started)
                || IsUsed(folder))
            {
                continue;
            }

            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Somebody else's, or being deleted at this moment; the next run tries again.
            }
        }
    }

    private static bool IsAlive(int pid, long startTicks)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return Math.Abs(process.StartTime.ToUniversalTime().Ticks - startTicks) < s_startTolerance.Ticks;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return true;
        }
    }

    /// <summary>Whether a process carries the folder in its command line, as the orchestrator does. Where that can't be seen: yes.</summary>
    private static bool IsUsed(string folder)
    {
        if (!Directory.Exists("/proc/self"))
        {
            return true;
        }

        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (char.IsAsciiDigit(Path.GetFileName(process)[0])
                    && File.ReadAllText(Path.Combine(process, "cmdline")).Contains(folder, StringComparison.Ordinal))
                {
                    return true;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The process has ended meanwhile.
            }
        }

        return false;
    }
}
