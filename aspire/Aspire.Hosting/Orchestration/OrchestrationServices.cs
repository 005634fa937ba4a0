using Aspire.Hosting.Dcp;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Orchestration;

internal static class OrchestrationServices
{
    public static IServiceCollection AddOrchestration(this IServiceCollection services)
    {
        services.AddSingleton<DcpHost>();
        services.AddSingleton<AppResources>();
        services.AddSingleton<ResourceNames>();
        services.AddSingleton<ResourceHierarchy>();
        services.AddSingleton<EndpointPlan>();
        services.AddSingleton<ActiveEndpoints>();
        services.AddSingleton<ProjectLaunch>();
        services.AddSingleton<ResourceConfiguration>();
        services.AddSingleton<WorkloadObjects>();
        services.AddSingleton<ContainerObjects>();
        services.AddSingleton<InstanceSnapshots>();
        services.AddSingleton<ResourceUrls>();
        services.AddSingleton<FailureReport>();
        services.AddSingleton<InstanceEnds>();
        services.AddSingleton<CompletionWatch>();
        services.AddSingleton<DcpWatcher>();
        services.AddSingleton<ResourceLogStreams>();
        services.AddSingleton<ResourceLogForwarder>();
        services.AddSingleton<ResourceStarter>();
        services.AddSingleton<InstanceControl>();
        services.AddSingleton<ProjectRebuild>();
        services.AddSingleton<ResourceHealthMonitor>();
        services.AddSingleton<ModelPreparation>();
        services.AddSingleton<ApplicationShutdown>();
        services.AddSingleton<ApplicationOrchestrator>();
        services.AddHostedService<OrchestratorHost>();
        return services;
    }
}
