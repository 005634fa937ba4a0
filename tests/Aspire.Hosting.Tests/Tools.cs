using System.Runtime.CompilerServices;

namespace Aspire.Hosting.Tests;

/// <summary>The programs of the tools folder; null where they are not installed.</summary>
internal static class Tools
{
    public static string? Dashboard() => Existing(Environment.GetEnvironmentVariable("ASPIRE_DASHBOARD_PATH"))
        ?? Existing(Path.Combine(Folder(), "aspire", "bundle", "managed", "aspire-managed"));

    public static string? Dcp() => Existing(Environment.GetEnvironmentVariable("ASPIRE_DCP_PATH") is { Length: > 0 } folder ? Path.Combine(folder, "dcp") : null)
        ?? Existing(Path.Combine(Folder(), "aspire", "bundle", "dcp", "dcp"));

    public static string? CommandLine() => Existing(Environment.GetEnvironmentVariable("ASPIRE_CLI_PATH"))
        ?? Existing(Path.Combine(Folder(), "aspire", "bin", "aspire"));

    public static string? Browser() => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .Select(folder => Existing(Path.Combine(folder, "chromium"))).FirstOrDefault(path => path is not null);

    private static string? Existing(string? path) => File.Exists(path) ? path : null;

    private static string Folder([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".tools"));
}
