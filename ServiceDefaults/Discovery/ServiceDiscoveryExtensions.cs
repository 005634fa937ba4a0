using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Slipway.ServiceDefaults.Discovery;

/// <summary>The registrations of Microsoft.Extensions.ServiceDiscovery by their names, so that a change to that package changes a using.</summary>
public static class ServiceDiscoveryExtensions
{
    public static IServiceCollection AddServiceDiscovery(this IServiceCollection services)
    {
        services.TryAddSingleton<ServiceAddresses>();
        return services;
    }

    /// <summary>Makes <c>http://api</c>, <c>https+http://api</c> and <c>http://_endpoint.api</c> work in the client's requests.</summary>
    public static IHttpClientBuilder AddServiceDiscovery(this IHttpClientBuilder http)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Services.AddServiceDiscovery();
        return http.AddHttpMessageHandler(static services => new ServiceDiscoveryHandler(services.GetRequiredService<ServiceAddresses>()));
    }
}
