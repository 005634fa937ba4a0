using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.KeyPerFile;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>
/// A file for each secret, as Docker and Kubernetes mount them: <c>/run/secrets/ConnectionStrings__opsdb</c> holds <c>ConnectionStrings:opsdb</c>.
/// A file wins over the environment, which every child process inherits, and loses to the command line. Read once, at start.
/// </summary>
internal static class SecretFiles
{
    /// <summary>Another folder; in the environment <c>Secrets__Folder</c>.</summary>
    public const string FolderKey = "Secrets:Folder";

    public const string DefaultFolder = "/run/secrets";

    public static void AddSecretFiles(this IHostApplicationBuilder builder)
    {
        var sources = builder.Configuration.Sources;
        if (sources.OfType<KeyPerFileConfigurationSource>().Any())
            return;
        var files = new KeyPerFileConfigurationSource { Optional = true, ReloadOnChange = false };
        var folder = builder.Configuration[FolderKey] ?? DefaultFolder;
        if (!Directory.Exists(folder))
            return;
        files.FileProvider = new Microsoft.Extensions.FileProviders.PhysicalFileProvider(Path.GetFullPath(folder));
        var place = sources.ToList().FindLastIndex(static source => source is EnvironmentVariablesConfigurationSource) + 1;
        // The host reads prefixed variables and the command line first, then files, the environment and the command line again.
        if (place == 0)
            place = sources.ToList().FindIndex(static source => source is CommandLineConfigurationSource) is var first and >= 0 ? first : sources.Count;
        try
        {
            sources.Insert(place, files);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new OptionsValidationException(FolderKey, typeof(string), [$"{FolderKey}: the secrets in {folder} can't be read: {unreadable.Message}"]);
        }
    }
}
