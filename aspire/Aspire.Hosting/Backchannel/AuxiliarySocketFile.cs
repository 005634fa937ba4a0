using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Aspire.Hosting.Hashing;

namespace Aspire.Hosting.Backchannel;

/// <summary>Where the command line finds running AppHosts: a socket whose name tells the AppHost and its process.</summary>
/// <remarks>~/.aspire/cli/bch/H8_MsSC8JdRa1b2c3d4.4711: 11 characters for the AppHost's path, 8 at random, the process.</remarks>
internal static partial class AuxiliarySocketFile
{
    private const int RandomBytes = 6;

    /// <param name="home">The user's home folder.</param>
    /// <param name="appHostPath">The AppHost's project file.</param>
    public static string PathFor(string home, string appHostPath, int processId) => Path.Combine(
        Folder(home),
        $"{IdOf(appHostPath)}{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes))}.{processId.ToString(CultureInfo.InvariantCulture)}");

    public static string Folder(string home) => Path.Combine(home, ".aspire", "cli", "bch");

    /// <summary>The command line computes the same from the path that it was given, symbolic links resolved.</summary>
    internal static string IdOf(string appHostPath)
    {
        Span<byte> hash = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(hash, XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(RealPath(appHostPath))));
        return Base64Url.EncodeToString(hash);
    }

    /// <summary>Removes what AppHosts left behind that were killed.</summary>
    public static void Sweep(string home)
    {
        var folder = Folder(home);
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(folder))
        {
            var match = Name().Match(Path.GetFileName(file));
            if (match.Success && !IsAlive(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)))
            {
                File.Delete(file);
            }
        }
    }

    internal static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Resolves links in every part of the path, not only in the last.</summary>
    private static string RealPath(string path)
    {
        var full = Path.GetFullPath(path);
        var real = Path.GetPathRoot(full)!;
        foreach (var part in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            FileSystemInfo entry = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            real = entry.Exists ? entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next : next;
        }

        return real;
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{19}\.(\d{1,9})$")]
    private static partial Regex Name();
}
