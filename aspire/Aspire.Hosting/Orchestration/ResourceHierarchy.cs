using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Who belongs to whom, by name: a resource may have been replaced in the model by another one of the same name
/// after its children were made.
/// </summary>
internal sealed class ResourceHierarchy(DistributedApplicationModel model)
{
    private readonly Lazy<ILookup<string, IResource>> _children = new(() => model.Resources
        .OfType<IResourceWithParent>()
        .ToLookup(child => child.Parent.Name, child => (IResource)child, StringComparer.OrdinalIgnoreCase));

    /// <summary>Children whose state follows the parent's, as that of a database follows its server; with their own such children.</summary>
    public IEnumerable<IResource> Followers(IResource parent) =>
        _children.Value[parent.Name].Where(child => !HasOwnLife(child)).SelectMany(child => Followers(child).Prepend(child));

    /// <summary>The resource of that name that is in the model; the given one when there is none.</summary>
    public IResource InModel(IResource resource) =>
        model.Resources.FirstOrDefault(r => ResourceNotificationService.NamesEqual(r.Name, resource.Name)) ?? resource;

    /// <returns>Null when it belongs to nobody.</returns>
    public IResource? ParentOf(IResource resource)
    {
        var parent = resource is IResourceWithParent child
            ? child.Parent
            : resource.Annotations.OfType<ResourceRelationshipAnnotation>().LastOrDefault(r => r.Type == KnownRelationshipTypes.Parent)?.Resource;
        return parent is null ? null : InModel(parent);
    }

    /// <summary>Keys of the health checks that speak for the resource: its own, then its parents'.</summary>
    public IReadOnlyList<string> HealthCheckKeys(IResource resource)
    {
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(a => a.Key).ToList();
        for (var current = resource as IResourceWithParent; current is not null; current = InModel(current.Parent) as IResourceWithParent)
        {
            keys.AddRange(InModel(current.Parent).Annotations.OfType<HealthCheckAnnotation>().Select(a => a.Key));
        }

        return [.. keys.Distinct(StringComparer.Ordinal)];
    }

    private static bool HasOwnLife(IResource resource) =>
        AppResource.TryGetKind(resource, out _) || resource is ParameterResource or ConnectionStringResource;
}
