namespace Aspire.Hosting.Tests.Golden;

/// <summary>Recordings of the official host, which lie beside the repository and not in it.</summary>
internal static class GoldenData
{
    /// <summary>Why a test that needs the recordings is skipped.</summary>
    public const string Missing = "The recordings of the official host are not beside this repository (../shared/data), nor where SLIPWAY_SHARED_DATA points.";

    /// <summary>Folder of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Null: the recordings are not on this machine.</summary>
    public static string? Folder { get; } = Find("golden");

    /// <summary>JSON schema of the manifest; null: not on this machine.</summary>
    public static string? ManifestSchema { get; } = Find(Path.Combine("schema", "aspire-8.0.json"));

    /// <summary>Programs with a recorded manifest: <c>01-product</c> and so on; none when the recordings are absent.</summary>
    public static IReadOnlyList<string> Programs { get; } = Folder is null
        ? []
        : [.. Directory.EnumerateFiles(Folder, "*.AppHost.csproj", SearchOption.AllDirectories).Select(ProgramOf).Order(StringComparer.Ordinal)];

    /// <summary>Folder of the AppHost project of a program, which is the program's own or <c>AppHost</c> in it.</summary>
    public static string ProjectFolder(string programFolder)
    {
        var inner = Path.Combine(programFolder, "AppHost");
        return Directory.Exists(inner) ? inner : programFolder;
    }

    private static string ProgramOf(string project) => Path.GetRelativePath(Folder!, project).Split(Path.DirectorySeparatorChar)[0];

    private static string? Find(string relative)
    {
        string?[] places = [Environment.GetEnvironmentVariable("SLIPWAY_SHARED_DATA"), Path.Combine(Repository, "..", "shared", "data")];
        return places.Where(p => !string.IsNullOrEmpty(p)).Select(p => Path.GetFullPath(Path.Combine(p!, relative))).FirstOrDefault(Path.Exists);
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "App.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie in the repository.");
    }
}
