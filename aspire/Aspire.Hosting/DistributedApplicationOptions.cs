using System.Reflection;

namespace Aspire.Hosting;

/// <summary>How an application is built.</summary>
public sealed class DistributedApplicationOptions
{
    private string? _projectDirectory;

    public string[]? Args { get; set; }

    /// <summary>Null: the entry assembly.</summary>
    public string? AssemblyName { get; set; }

    public bool DisableDashboard { get; set; }

    /// <summary>Whether console output of resources also goes to the AppHost's log.</summary>
    public bool EnableResourceLogging { get; set; }

    /// <summary>Whether plain http URLs are accepted for the dashboard.</summary>
    public bool AllowUnsecuredTransport { get; set; }

    /// <summary>Null: the project's name without <c>.AppHost</c>.</summary>
    public string? DashboardApplicationName { get; set; }

    public string? ContainerRegistryOverride { get; set; }

    public bool? TrustDeveloperCertificate { get; set; }

    /// <summary>Null: from the AppHost assembly's metadata.</summary>
    public string? ProjectDirectory
    {
        get => _projectDirectory ?? Metadata("apphostprojectpath");
        set => _projectDirectory = value;
    }

    internal string? ProjectName => Metadata("apphostprojectname");

    internal Assembly? Assembly => AssemblyName is null ? Assembly.GetEntryAssembly() : Assembly.Load(AssemblyName);

    internal string? Metadata(string key) => Assembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(a => string.Equals(a.Key, key, StringComparison.OrdinalIgnoreCase))?.Value;
}
