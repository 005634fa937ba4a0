namespace Aspire.Hosting.ApplicationModel;

/// <summary>What is known of a project.</summary>
public static class ProjectResourceExtensions
{
    /// <exception cref="InvalidOperationException">The resource was made without a project.</exception>
    public static IProjectMetadata GetProjectMetadata(this ProjectResource projectResource)
    {
        ArgumentNullException.ThrowIfNull(projectResource);
        return projectResource.Annotations.OfType<IProjectMetadata>().SingleOrDefault()
            ?? throw new InvalidOperationException($"The resource '{projectResource.Name}' has no project.");
    }
}
