using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HealthChecks;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    private static readonly string[] s_httpEndpointNames = ["https", "http"];

    /// <summary>The resource is healthy when the check of that key, registered with the AppHost's services, says so.</summary>
    /// <exception cref="DistributedApplicationException">The resource has that check already.</exception>
    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(key);
        return builder.Resource.Annotations.OfType<HealthCheckAnnotation>().Any(a => a.Key == key)
            ? throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' already has a health check with key '{key}'.")
            : builder.WithAnnotation(new HealthCheckAnnotation(key));
    }

    /// <summary>The resource is healthy when a GET on its endpoint answers with the status.</summary>
    /// <param name="path">Null: <c>/</c>.</param>
    /// <param name="statusCode">Null: 200.</param>
    /// <param name="endpointName">Null: <c>https</c>, or else <c>http</c>.</param>
    /// <exception cref="DistributedApplicationException">There is no such endpoint, or it doesn't speak HTTP.</exception>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder,
        string? path = null,
        int? statusCode = null,
        string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithHttpHealthCheck(
            () => NamedHttpEndpoint(builder.Resource, endpointName is null ? s_httpEndpointNames : [endpointName], "HTTP health check"),
            path,
            statusCode);
    }

    /// <inheritdoc cref="WithHttpHealthCheck{T}(IResourceBuilder{T}, string?, int?, string?)"/>
    /// <param name="endpointSelector">Null: <c>https</c>, or else <c>http</c>.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder,
        Func<EndpointReference>? endpointSelector,
        string? path = null,
        int? statusCode = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        var name = builder.Resource.Name;
        endpointSelector ??= () => NamedHttpEndpoint(builder.Resource, s_httpEndpointNames, "HTTP health check");
        var endpoint = endpointSelector() ?? throw new DistributedApplicationException(
            $"Could not create HTTP health check for resource '{name}' as the endpoint selector returned null.");
        RequireHttp(endpoint, name, "HTTP health check");
        path ??= "/";
        var expected = statusCode ?? 200;
        var key = $"{name}_{endpoint.EndpointName}_{path}_{expected.ToInvariant()}_check";
        HttpHealthCheck.Register(
            builder.ApplicationBuilder.Services,
            key,
            expected,
            cancellationToken => new ValueTask<Uri?>(endpoint.IsAllocated ? new Uri(new Uri(endpoint.Url), path) : null));
        return builder.WithHealthCheck(key);
    }

    [Obsolete("Use WithHttpHealthCheck.")]
    public static IResourceBuilder<T> WithHttpsHealthCheck<T>(
        this IResourceBuilder<T> builder,
        string? path = null,
        int? statusCode = null,
        string? endpointName = null)
        where T : IResourceWithEndpoints =>
        builder.WithHttpHealthCheck(path, statusCode, endpointName ?? "https");

    private static EndpointReference NamedHttpEndpoint(IResourceWithEndpoints resource, string[] names, string purpose)
    {
        foreach (var name in names)
        {
            if (FindEndpoint(resource, name) is { } annotation)
            {
                var endpoint = new EndpointReference(resource, annotation);
                RequireHttp(endpoint, resource.Name, purpose);
                return endpoint;
            }
        }

        throw new DistributedApplicationException(
            $"Could not create {purpose} for resource '{resource.Name}' as no endpoint was found matching one of the specified names: {string.Join(", ", names)}");
    }

    private static void RequireHttp(EndpointReference endpoint, string resource, string purpose)
    {
        if (!EndpointAnnotation.IsHttpScheme(endpoint.Scheme))
        {
            throw new DistributedApplicationException(
                $"Could not create {purpose} for resource '{resource}' as the endpoint with name '{endpoint.EndpointName}' and scheme '{endpoint.Scheme}' is not an HTTP endpoint.");
        }
    }
}
