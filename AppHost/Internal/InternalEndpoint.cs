namespace Slipway.AppHost.Internal;

/// <summary>The endpoint of a service for operators and collectors.</summary>
internal static class InternalEndpoint
{
    public const string Name = "internal";

    /// <summary>
    /// Adds the endpoint that the service listens on beside its own, each replica on a port of its own. To be called after
    /// <c>WithExternalHttpEndpoints</c>, which would publish it.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithInternalEndpoint(this IResourceBuilder<ProjectResource> project) => project
        .WithHttpEndpoint(name: Name, env: "Internal__Port")
        // It is no address of the application's server.
        .WithEndpointsInEnvironment(static endpoint => endpoint.Name != Name);
}
