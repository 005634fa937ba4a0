namespace Aspire.Hosting.Tests.Golden;

/// <summary>A program of our own for what the recordings leave out: names of projects and values that need encoding, and the build's metadata.</summary>
internal static class OwnProgram
{
    public const string Name = "90-own";

    /// <summary>Writes the program's sources; projects whose names are no C# names, and a library that is compiled against.</summary>
    public static void Write(string apps)
    {
        var folder = Path.Combine(apps, Name);
        WriteFile(folder, "AppHost/Own.Names-9.AppHost.csproj", Project);
        WriteFile(folder, "AppHost/Program.cs", Program);
        WriteFile(folder, "7Seas/7Seas.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\" />");
        WriteFile(folder, "7Seas/Program.cs", "System.Console.WriteLine();");
        WriteFile(folder, "My.Web-App2.3D/My.Web-App2.3D.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\" />");
        WriteFile(folder, "My.Web-App2.3D/Program.cs", "System.Console.WriteLine();");
        WriteFile(folder, "Shelf/Shelf.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><OutputType>Library</OutputType></PropertyGroup></Project>");
        WriteFile(folder, "Shelf/Book.cs", "namespace Shelf; public class Book;");
    }

    private static void WriteFile(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <UserSecretsId>own-program-of-the-tests</UserSecretsId>
          </PropertyGroup>
          <ItemGroup>
            <ProjectReference Include="../7Seas/7Seas.csproj" />
            <ProjectReference Include="../My.Web-App2.3D/My.Web-App2.3D.csproj" />
            <ProjectReference Include="../Shelf/Shelf.csproj" IsAspireProjectResource="false" />
          </ItemGroup>
        </Project>
        """;

    private const string Program = """
        using System.Reflection;

        if (args is ["--describe"])
        {
            var assembly = typeof(Projects.Own_Names_9_AppHost).Assembly;
            Console.WriteLine($"classes={string.Join(' ', assembly.GetTypes().Where(t => t.Namespace == "Projects").Select(t => t.Name).Order(StringComparer.Ordinal))}");
            Console.WriteLine($"nine={new Projects._7Seas().ProjectPath} {((IProjectMetadata)new Projects._7Seas()).SuppressBuild}");
            Console.WriteLine($"host={Projects.Own_Names_9_AppHost.ProjectPath}");
            Console.WriteLine($"shelf={typeof(Shelf.Book).Assembly.GetName().Name}");
            Console.WriteLine($"secrets={assembly.GetCustomAttribute<Microsoft.Extensions.Configuration.UserSecrets.UserSecretsIdAttribute>()?.UserSecretsId}");
            foreach (var metadata in assembly.GetCustomAttributes<AssemblyMetadataAttribute>().OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                Console.WriteLine($"{metadata.Key}={metadata.Value}");
            }

            return;
        }

        var builder = DistributedApplication.CreateBuilder(args);
        var nine = builder.AddProject<Projects._7Seas>("nine").WithHttpEndpoint(env: "PORT").WithHttpEndpoint(name: "admin");
        builder.AddProject<Projects.My_Web_App2__3D>("UPPER-Web").WithReference(nine);
        builder.Build().Run();
        """;
}
