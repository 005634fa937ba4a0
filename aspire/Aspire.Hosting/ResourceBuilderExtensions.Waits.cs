using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Starts only when <paramref name="dependency"/> runs, is healthy, and its ready handlers have ended.</summary>
    /// <exception cref="DistributedApplicationException">The resource would wait for itself or for its parent.</exception>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport =>
        WaitUntil(builder, dependency, WaitType.WaitUntilHealthy, waitBehavior: null);

    /// <inheritdoc cref="WaitFor{T}(IResourceBuilder{T}, IResourceBuilder{IResource})"/>
    /// <param name="waitBehavior">What happens when the dependency fails before it ran.</param>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, WaitBehavior waitBehavior)
        where T : IResourceWithWaitSupport =>
        WaitUntil(builder, dependency, WaitType.WaitUntilHealthy, waitBehavior);

    /// <summary>Starts only when <paramref name="dependency"/> runs, healthy or not.</summary>
    /// <exception cref="DistributedApplicationException">The resource would wait for itself or for its parent.</exception>
    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport =>
        WaitUntil(builder, dependency, WaitType.WaitUntilStarted, waitBehavior: null);

    /// <inheritdoc cref="WaitForStart{T}(IResourceBuilder{T}, IResourceBuilder{IResource})"/>
    /// <param name="waitBehavior">What happens when the dependency fails before it ran.</param>
    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, WaitBehavior waitBehavior)
        where T : IResourceWithWaitSupport =>
        WaitUntil(builder, dependency, WaitType.WaitUntilStarted, waitBehavior);

    /// <summary>Starts only when <paramref name="dependency"/> has ended with <paramref name="exitCode"/>; any other end fails the resource.</summary>
    /// <exception cref="DistributedApplicationException">The resource would wait for itself or for its parent.</exception>
    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0)
        where T : IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(dependency);
        RefuseWaitingForItself(builder.Resource, dependency.Resource);
        return builder
            .WithRelationship(dependency.Resource, KnownRelationshipTypes.WaitFor)
            .WithAnnotation(new WaitAnnotation(dependency.Resource, WaitType.WaitForCompletion, exitCode));
    }

    /// <summary>The resource starts only when somebody asks for it.</summary>
    public static IResourceBuilder<T> WithExplicitStart<T>(this IResourceBuilder<T> builder)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ExplicitStartupAnnotation());
    }

    private static IResourceBuilder<T> WaitUntil<T>(
        IResourceBuilder<T> builder,
        IResourceBuilder<IResource> dependency,
        WaitType type,
        WaitBehavior? waitBehavior)
        where T : IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(dependency);
        AddWaits(builder, dependency.Resource, type, waitBehavior);
        return builder.WithRelationship(dependency.Resource, KnownRelationshipTypes.WaitFor);
    }

    /// <summary>Parents first: a database may have no check of its own, and its server must run in any case.</summary>
    private static void AddWaits<T>(IResourceBuilder<T> builder, IResource dependency, WaitType type, WaitBehavior? waitBehavior)
        where T : IResourceWithWaitSupport
    {
        RefuseWaitingForItself(builder.Resource, dependency);
        if (dependency is IResourceWithParent { Parent: { } parent })
        {
            AddWaits(builder, parent, type, waitBehavior);
        }

        if (type == WaitType.WaitUntilStarted && dependency is ConnectionStringResource connectionString)
        {
            foreach (var referenced in connectionString.ConnectionStringExpression.ValueProviders.OfType<IResource>())
            {
                AddWaits(builder, referenced, type, waitBehavior);
            }
        }

        builder.WithAnnotation(new WaitAnnotation(dependency, type) { WaitBehavior = waitBehavior });
    }

    private static void RefuseWaitingForItself(IResource resource, IResource dependency)
    {
        if (ReferenceEquals(resource, dependency))
        {
            throw new DistributedApplicationException($"The '{resource.Name}' resource cannot wait for itself.");
        }

        if (resource is IResourceWithParent { Parent: { } parent } && ReferenceEquals(parent, dependency))
        {
            throw new DistributedApplicationException($"The '{resource.Name}' resource cannot wait for its parent '{dependency.Name}'.");
        }
    }
}
