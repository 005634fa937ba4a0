using Microsoft.Extensions.Configuration;

namespace Slipway.AppHost.LocalServers;

/// <summary>Where local servers keep their data between runs: one folder per AppHost, one below it per resource.</summary>
/// <param name="Root">Full path. <c>AppHost:DataPath</c> sets it; else /var/lib/slipway/ID as root (server users can't enter /root),
/// ~/.local/share/slipway/ID as anybody else.</param>
internal sealed record LocalServerData(string Root)
{
    private const string Setting = "AppHost:DataPath";

    private static readonly string[] s_refusals = ["Permission denied", "Read-only file system", "Operation not permitted"];

    public static LocalServerData For(IConfiguration configuration)
    {
        if (configuration[Setting] is { Length: > 0 } chosen)
        {
            return new LocalServerData(Path.GetFullPath(chosen));
        }

        // The same ten digits stand in the names of the container volumes of this AppHost.
        var id = (configuration["AppHost:Sha256"] ?? "default")[..10].ToLowerInvariant();
        var parent = Environment.IsPrivilegedProcess
            ? "/var/lib"
            : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return new LocalServerData(Path.Combine(parent, "slipway", id));
    }

    public string FolderOf(string resource) => Path.Combine(Root, resource);

    /// <summary>Makes a private folder that belongs to <paramref name="user"/> (null: to this process's user).</summary>
    /// <exception cref="IOException">It can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    /// <exception cref="DistributedApplicationException">The same, said by the program that makes it.</exception>
    public async Task EnsureFolderAsync(string resource, string? user, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Root);
        if (user is not null)
        {
            File.SetUnixFileMode(Root, (UnixFileMode)0b111_001_001);
            await Command.RunAsync("install", ["-d", "-m", "700", "-o", user, "-g", user, FolderOf(resource)], resource, cancellationToken);
        }
        else
        {
            Directory.CreateDirectory(FolderOf(resource), (UnixFileMode)0b111_000_000);
        }
    }

    /// <summary>Is this error of a program about the folder that it was to write into?</summary>
    public static bool IsTheReason(string error) => IsFull(error) || s_refusals.Any(r => error.Contains(r, StringComparison.OrdinalIgnoreCase));

    public static string Remedy(string error) => IsFull(error)
        ? $"Make room there, or choose another folder with {Setting}."
        : $"Make that folder writable for {Environment.UserName}, or choose another one with {Setting}.";

    private static bool IsFull(string error) =>
        error.Contains("No space left on device", StringComparison.OrdinalIgnoreCase) || error.Contains("Disk quota exceeded", StringComparison.OrdinalIgnoreCase);
}
