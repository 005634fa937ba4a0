namespace Aspire.Hosting.Tests.Golden;

/// <summary>Lays the recorded programs out so that they build by themselves, outside the repository.</summary>
internal static class GoldenScratch
{
    private static readonly string[] s_recordings = ["dcp", "env", "tunnel", "nodash", "second"];

    /// <summary>Copies sources and configuration, not what was recorded.</summary>
    public static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source).Where(IsSource))
        {
            var copy = Path.Combine(target, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetAttributes(copy, FileAttributes.Normal);
            if (Path.GetFileName(file) == "Program.cs")
            {
                File.WriteAllText(copy, GoldenObserver.CalledIn(File.ReadAllText(copy)));
            }
        }

        foreach (var folder in Directory.EnumerateDirectories(source))
        {
            var name = Path.GetFileName(folder);
            if (!s_recordings.Contains(name))
            {
                Copy(folder, Path.Combine(target, name));
            }
        }
    }

    /// <summary>One solution of all AppHosts and dummies, and the properties that the recorded, plain project files leave out.</summary>
    public static void WriteBuildFiles(string scratch, string apps)
    {
        var projects = Directory.EnumerateFiles(apps, "*.csproj", SearchOption.AllDirectories)
            .Where(p => p.EndsWith(".AppHost.csproj", StringComparison.Ordinal) || p.Contains("/dummies/", StringComparison.Ordinal)
                || p.EndsWith("/TestRunner.csproj", StringComparison.Ordinal)
                || p.Contains($"/{OwnProgram.Name}/", StringComparison.Ordinal));
        File.WriteAllText(
            Path.Combine(scratch, "golden.slnx"),
            $"<Solution>{string.Concat(projects.Select(p => $"<Project Path=\"{Path.GetRelativePath(scratch, p)}\" />"))}</Solution>");
        File.WriteAllText(Path.Combine(scratch, "Directory.Build.props"), Props);
        File.WriteAllText(Path.Combine(scratch, "Directory.Build.targets"), Targets(StandIns()));
        File.WriteAllText(Path.Combine(scratch, "GoldenObserver.cs"), GoldenObserver.Source);
    }

    private static bool IsSource(string file) => Path.GetExtension(file) is ".cs" or ".csproj" or ".sql" or ".txt" or ".Dockerfile"
        || Path.GetFileName(file) is "appsettings.json" or "launchSettings.json" or "Dockerfile";

    /// <summary>The stand-ins as these tests were built with them, and what they need beside the shared framework.</summary>
    private static string StandIns() => string.Concat(
        new[] { "Aspire.Hosting", "Aspire.Hosting.AppHost", "Aspire.Hosting.PostgreSQL", "Aspire.Hosting.Redis", "Aspire.Hosting.Testing", "Npgsql", "Google.Protobuf" }
            .Select(name => $"<Reference Include=\"{Path.Combine(AppContext.BaseDirectory, name + ".dll")}\" />"));

    private const string Props = """
        <Project>
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <OutputType>Exe</OutputType>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <UseAppHost>false</UseAppHost>
            <ProduceReferenceAssembly>false</ProduceReferenceAssembly>
            <DebugType>none</DebugType>
            <RunAnalyzers>false</RunAnalyzers>
            <NuGetAudit>false</NuGetAudit>
            <ImportDirectoryPackagesProps>false</ImportDirectoryPackagesProps>
          </PropertyGroup>
        </Project>
        """;

    private static string Targets(string references) => $"""
        <Project>
          <ItemGroup Condition="$(MSBuildProjectName.EndsWith('.AppHost'))">
            <FrameworkReference Include="Microsoft.AspNetCore.App" />
            <Compile Include="$(MSBuildThisFileDirectory)GoldenObserver.cs" />
            {references}
          </ItemGroup>
          <ItemGroup Condition="$(MSBuildProjectName) == 'TestRunner'">
            <FrameworkReference Include="Microsoft.AspNetCore.App" />
            {references}
          </ItemGroup>
          <Import Project="{Path.Combine(GoldenData.Repository, "aspire", "Aspire.Hosting.AppHost", "build", "Aspire.Hosting.AppHost.targets")}"
                  Condition="$(MSBuildProjectName.EndsWith('.AppHost'))" />
          <!-- Nothing in these programs needs a generator; loading them is most of the compiler's work here. -->
          <Target Name="WithoutGenerators" BeforeTargets="CoreCompile">
            <ItemGroup>
              <Analyzer Remove="@(Analyzer)" />
            </ItemGroup>
          </Target>
        </Project>
        """;
}
