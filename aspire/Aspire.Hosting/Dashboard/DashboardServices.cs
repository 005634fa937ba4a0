using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Dashboard;

internal static class DashboardServices
{
    public static IServiceCollection AddDashboard(this IServiceCollection services)
    {
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
