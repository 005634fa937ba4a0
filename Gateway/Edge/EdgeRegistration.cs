using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Edge.Caching;
using Slipway.Gateway.Edge.Compression;
using Slipway.Gateway.Edge.Cors;
using Slipway.Gateway.Edge.Headers;
using Slipway.Gateway.Edge.Maintenance;
using Slipway.Gateway.Edge.Tls;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Slipway.Gateway.Edge;

/// <summary>What stands between clients and forwarding, in the order in which a request meets it.</summary>
internal static class EdgeRegistration
{
    public static void AddEdge(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<EdgeMetrics>();
        services.AddSingleton<CertificateStore>().AddSingleton<HttpsAddresses>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, TlsListeners>();
        services.AddHostedService<CertificateWatch>();
        services.AddSingleton<MaintenanceSwitch>().AddSingleton<PauseGate>();
        services.AddSafeCompression();
        services.AddSingleton<CacheStore>();
        services.AddSingleton<ITransformProvider, CacheTransform>();
        services.AddSingleton<IValidateOptions<GatewayOptions>, EdgeOptionsValidator>();
        services.AddHealthChecks()
            .AddCheck<CertificatesHealthCheck>("certificates")
            .AddCheck<MaintenanceHealthCheck>("maintenance");
        // The transport is there on every platform; it refuses to bind without libmsquic.
        if (TlsListeners.HasQuic)
            builder.WebHost.UseQuic();
    }

    /// <summary>After the trusted proxies' word was taken, before routing.</summary>
    public static void UseEdge(this WebApplication app)
    {
        var services = app.Services;
        var options = services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        // The state of maintenance is read now: a folder that can't be used ends the start.
        var (maintenance, pause) = (services.GetRequiredService<MaintenanceSwitch>(), services.GetRequiredService<PauseGate>());
        var cache = services.GetRequiredService<CacheStore>();
        services.GetRequiredService<EdgeMetrics>().Observe(
            () => maintenance.Current is null ? 0 : 1, () => pause.Current is null ? 0 : 1, () => pause.Held, () => cache.Bytes);

        app.UseMiddleware<SecurityHeaders>();
        if (options.Hosts.Count > 0)
            app.UseMiddleware<HostFilter>();
        if (HttpsRedirect.IsOn(options))
            app.UseMiddleware<HttpsRedirect>();
        app.UseMiddleware<CorsGate>();
        app.UseMiddleware<MaintenanceGate>();
        if (options.Compression.Enabled)
            app.UseResponseCompression();
        app.MapMaintenance();
    }

    /// <summary>Of forwarding, before everything else there: an answer from the cache is forwarded nowhere.</summary>
    public static void UseSharedCache(this IApplicationBuilder pipeline, GatewayOptions options)
    {
        if (options.Cache.Enabled)
            pipeline.UseMiddleware<SharedCache>();
    }
}
