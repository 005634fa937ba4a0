using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>The .NET project behind a <see cref="ProjectResource"/>; the build generates one per project reference.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    /// <summary>Full path of the project file.</summary>
    string ProjectPath { get; }

    /// <summary>Launch settings; null: read from Properties/launchSettings.json beside the project.</summary>
    LaunchSettings? LaunchSettings => null;

    /// <summary>Whether the project was built with the AppHost, so that starting it need not build.</summary>
    bool SuppressBuild => false;
}

/// <summary>Launch profiles of a project, as in Properties/launchSettings.json.</summary>
public sealed class LaunchSettings
{
    public Dictionary<string, LaunchProfile> Profiles { get; set; } = [];
}

/// <summary>One launch profile.</summary>
public sealed class LaunchProfile
{
    public string? CommandName { get; set; }

    public string? CommandLineArgs { get; set; }

    public string? ExecutablePath { get; set; }

    public string? WorkingDirectory { get; set; }

    public bool? LaunchBrowser { get; set; }

    public string? LaunchUrl { get; set; }

    /// <summary>Addresses separated by semicolons.</summary>
    public string? ApplicationUrl { get; set; }

    public bool? DotnetRunMessages { get; set; }

    public Dictionary<string, string> EnvironmentVariables { get; set; } = [];
}
