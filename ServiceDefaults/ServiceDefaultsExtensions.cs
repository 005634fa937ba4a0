using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Slipway.ServiceDefaults.Configuration;
using Slipway.ServiceDefaults.Discovery;
using Slipway.ServiceDefaults.Health;
using Slipway.ServiceDefaults.Internal;
using Slipway.ServiceDefaults.Logs;
using Slipway.ServiceDefaults.Metrics;
using Slipway.ServiceDefaults.Problems;
using Slipway.ServiceDefaults.Resilience;
using Slipway.ServiceDefaults.Shutdown;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ServiceDefaults;

/// <summary>What every service does alike.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>
    /// Adds logs, telemetry, health checks, service discovery, resilient HTTP clients, problem details and the clock (<see cref="TimeProvider"/>).
    /// The middleware that belongs to them is put in front of the service's own.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        // A second call would double every handler and retry.
        if (builder.Services.Any(static service => !service.IsKeyedService && service.ImplementationType == typeof(DefaultMiddleware)))
            return builder;

        // First: what is added below may look into the configuration.
        builder.AddSecretFiles();
        builder.Services.AddSingleton<IProductionRule, StrongSecrets>().AddSingleton<IProductionRule, NoDebugSettings>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddConsoleLogs();
        builder.AddTelemetry();
        builder.Services.AddHealth();
        // A job has nobody who sends it requests, and ends when it is done.
        if (builder is WebApplicationBuilder)
        {
            builder.Services.AddDraining();
            builder.Services.AddInternalListener();
            builder.AddMetricsEndpoint();
        }

        builder.Services.AddProblems();
        builder.Services.AddServiceDiscovery();
        builder.Services.AddHttpResilience();
        builder.Services.ConfigureHttpClientDefaults(static http =>
        {
            // In this order each attempt asks for an address anew, so a retry may go to another one.
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, DefaultMiddleware>());
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (every check), <c>/health/liveness</c> and <c>/alive</c> (those tagged <c>live</c>), <c>/health/readiness</c> (the others, and
    /// whether the service is ending), <c>/health/startup</c> (the same until it was ready once) and <c>/health/detailed</c>, in every environment; and on
    /// the internal port <c>/metrics</c>.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealth();
        app.MapMetrics();
        return app;
    }
}
