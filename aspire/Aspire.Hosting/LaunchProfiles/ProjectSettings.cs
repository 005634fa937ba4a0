using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.LaunchProfiles;

/// <summary>The settings files of a project, read for the endpoints that Kestrel is configured with.</summary>
internal static class ProjectSettings
{
    public static IConfiguration Read(ProjectResource project)
    {
        var folder = Path.GetDirectoryName(project.GetProjectMetadata().ProjectPath)!;
        var environment = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT");
        var application = Path.GetFileName(folder);
        var builder = new ConfigurationBuilder();
        string[] files = ["appsettings.json", $"appsettings.{environment}.json", $"{application}.settings.json", $"{application}.settings.{environment}.json"];
        foreach (var file in files)
        {
            builder.AddJsonFile(Path.Combine(folder, file), optional: true);
        }

        return builder.Build();
    }
}
