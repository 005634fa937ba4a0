namespace Slipway.AppHost.LocalServers;

/// <summary>
/// A server process of this machine in the place of a container: same name, same annotations (endpoints, health checks, waits), same
/// connection string. Those who refer to the container keep working, because both share one set of annotations.
/// </summary>
internal sealed class LocalServerResource(ContainerResource container, string command, string workingDirectory)
    : ExecutableResource(container.Name, command, workingDirectory), IResourceWithConnectionString
{
    public override ResourceAnnotationCollection Annotations => container.Annotations;

    /// <summary>The resource that this one stands for.</summary>
    public ContainerResource Container => container;

    public ReferenceExpression ConnectionStringExpression => ((IResourceWithConnectionString)container).ConnectionStringExpression;

    public IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() =>
        ((IResourceWithConnectionString)container).GetConnectionProperties();
}
