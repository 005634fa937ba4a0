using System.Diagnostics.CodeAnalysis;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Finding resources that are in the model already.</summary>
public static class DistributedApplicationBuilderExtensions
{
    /// <exception cref="InvalidOperationException">There is no such resource, or it is of another type.</exception>
    public static IResourceBuilder<T> CreateResourceBuilder<T>(this IDistributedApplicationBuilder builder, string name)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        return Find(builder, name) switch
        {
            null => throw new InvalidOperationException($"Resource '{name}' was not found."),
            T resource => builder.CreateResourceBuilder(resource),
            var other => throw new InvalidOperationException($"Resource '{name}' of type '{other.GetType()}' is not assignable to requested type '{typeof(T).FullName}'."),
        };
    }

    /// <returns>False: there is no such resource, or it is of another type.</returns>
    public static bool TryCreateResourceBuilder<T>(
        this IDistributedApplicationBuilder builder,
        string name,
        [NotNullWhen(true)] out IResourceBuilder<T>? resourceBuilder)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        resourceBuilder = Find(builder, name) is T resource ? builder.CreateResourceBuilder(resource) : null;
        return resourceBuilder is not null;
    }

    private static IResource? Find(IDistributedApplicationBuilder builder, string name) =>
        builder.Resources.FirstOrDefault(r => string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase));
}
