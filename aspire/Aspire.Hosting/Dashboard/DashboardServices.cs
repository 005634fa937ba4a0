using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Dashboard;

internal static class DashboardServices
{
    public static IServiceCollection AddDashboard(this IServiceCollection services)
    {
        services.AddSingleton(provider => new UserSecretKeeper(
            (IConfigurationManager)provider.GetRequiredService<IConfiguration>(),
            UserSecrets.IdOf(provider.GetRequiredService<DistributedApplicationOptions>().Assembly)));
        services.AddSingleton<DashboardSettings>();
        services.AddSingleton<ResourceService>();
        services.AddSingleton<ResourceServiceHost>();
        services.AddSingleton<DashboardResource>();
        services.AddSingleton<IDashboardEndpointProvider>(provider => provider.GetRequiredService<DashboardResource>());
        services.AddSingleton<DashboardReadiness>();
        services.AddSingleton<DashboardLogs>();
        services.AddHostedService<DashboardLifecycle>();
        return services;
    }
}
