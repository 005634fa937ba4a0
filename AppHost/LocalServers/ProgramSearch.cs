namespace Slipway.AppHost.LocalServers;

internal static class ProgramSearch
{
    /// <returns>Full path; null when the folder has no such file.</returns>
    public static string? In(string folder, string program) => Path.GetFullPath(Path.Combine(folder, program)) is var path && File.Exists(path) ? path : null;

    /// <returns>Full path; null when no folder of PATH has it.</returns>
    public static string? OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);
}
