using Microsoft.Extensions.Configuration;

namespace Slipway.AppHost.LocalServers;

/// <summary>Where local servers keep their data between runs: one folder per AppHost, one below it per resource.</summary>
/// <param name="Root">Full path. <c>AppHost:DataPath</c> sets it; else /var/lib/slipway/ID as root (server users can't enter /root),
/// ~/.local/share/slipway/ID as anybody else.</param>
internal sealed record LocalServerData(string Root)
{
    private const string Setting = "AppHost:DataPath";

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
    /// <exception cref="DistributedApplicationException">The folder can't be made or written.</exception>
    public async Task EnsureFolderAsync(string resource, string? user, CancellationToken cancellationToken)
    {
        try
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
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException(
                $"'{resource}' cannot keep its data in '{Root}': {exception.Message} Make that folder writable, or choose another one with {Setting}.",
                exception);
        }
    }
}
