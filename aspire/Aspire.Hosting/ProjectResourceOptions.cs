namespace Aspire.Hosting;

/// <summary>How a project is taken into the model.</summary>
public class ProjectResourceOptions
{
    /// <summary>Null: the AppHost's own profile name if the project has it, else the project's first.</summary>
    public string? LaunchProfileName { get; set; }

    /// <summary>Whether the project starts without any launch profile, and so without its endpoints.</summary>
    public bool ExcludeLaunchProfile { get; set; }

    /// <summary>Whether <c>Kestrel:Endpoints</c> in the project's appsettings are left alone.</summary>
    public bool ExcludeKestrelEndpoints { get; set; }
}
