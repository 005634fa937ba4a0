using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Slipway.Architecture.Tests;

/// <summary>The repository as files.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> Projects => Directory.EnumerateFiles(Root, "*.csproj", SearchOption.AllDirectories)
        .Where(p => !Relative(p).StartsWith("artifacts/", StringComparison.Ordinal) && !Relative(p).StartsWith(".tools/", StringComparison.Ordinal));

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>Built output of a project, in the configuration of this test.</summary>
    public static string AssemblyOf(string project)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        return Path.Combine(Root, "artifacts", "bin", project, configuration, project + ".dll");
    }

    public static IEnumerable<string> ProjectReferences(string project) => XDocument.Load(project)
        .Descendants("ProjectReference")
        .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')));

    public static IEnumerable<string> PackageReferences(string project) => XDocument.Load(project)
        .Descendants("PackageReference")
        .Select(r => (string)r.Attribute("Include")!);

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        for (var folder = new DirectoryInfo(Path.GetDirectoryName(thisFile)!); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "App.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("App.sln was not found above the tests.");
    }
}
