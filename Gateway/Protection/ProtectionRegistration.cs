using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Protection.Clients;
using Slipway.Gateway.Protection.Connections;
using Slipway.Gateway.Protection.Load;
using Slipway.Gateway.Protection.Rates;
using Slipway.Gateway.Protection.Requests;
using Slipway.ServiceDefaults.Health;
using StackExchange.Redis;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Slipway.Gateway.Protection;

internal static class ProtectionRegistration
{
    public static void AddProtection(this WebApplicationBuilder builder)
    {
        // The client connects when the loop of SharedLimits first asks for it. A span for each decision would cost more than the decision.
        builder.AddRedisClient(SharedLimits.ConnectionName, static settings =>
        {
            settings.DisableHealthChecks = true;
            settings.DisableTracing = true;
        }, Connect);
        var services = builder.Services;
        services.AddSingleton<ProtectionMetrics>().AddSingleton<LimitRules>().AddSingleton<KnownClients>().AddSingleton<ClientOf>();
        services.AddSingleton<SharedLimits>().AddSingleton<LocalLimits>().AddSingleton<Leases>().AddSingleton<RefusedClients>().AddSingleton<RateLimits>();
        services.AddSingleton<LoadGate>().AddSingleton<ConnectionsByAddress>();
        // The server asks the last one first whether it serves an endpoint.
        services.AddSingleton<IConnectionListenerFactory>(static provider => new CountedTransport(
            ActivatorUtilities.CreateInstance<SocketTransportFactory>(provider), provider.GetRequiredService<ConnectionsByAddress>()));
        services.AddSingleton<ITransformProvider, ClientLearning>();
        services.AddSingleton<ITransformProvider, StreamTimes>();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<GatewayOptions>>(static (timeouts, options) =>
            timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = options.Value.Limits.RequestTime });
        services.AddSingleton<IHealthDetail, LimitsDetail>();
        services.AddHostedService(static provider => provider.GetRequiredService<SharedLimits>());
        services.AddHealthChecks().AddCheck<LimitsHealthCheck>("limits");
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<GatewayOptions>>(Limit);
    }

    /// <summary>After routing: the own endpoints say themselves that they are exempt.</summary>
    public static void UseProtection(this WebApplication app)
    {
        var services = app.Services;
        services.GetRequiredService<ProtectionMetrics>().Observe(
            services.GetRequiredService<SharedLimits>(), services.GetRequiredService<LocalLimits>(),
            services.GetRequiredService<KnownClients>(), services.GetRequiredService<LoadGate>());
        app.UseMiddleware<RequestHead>();
        if (services.GetRequiredService<IOptions<GatewayOptions>>().Value.Limits.Enabled)
            app.UseMiddleware<RateLimiting>();
        app.UseMiddleware<LoadShedding>();
    }

    /// <summary>Health endpoints and whatever else switches rate limiting off for itself.</summary>
    public static bool IsExempt(this HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<DisableRateLimitingAttribute>() is not null;

    private static void Connect(ConfigurationOptions redis)
    {
        redis.AbortOnConnectFail = false;
        redis.ConnectRetry = 1;
        redis.ConnectTimeout = 2000;
        redis.KeepAlive = 5;
        redis.ReconnectRetryPolicy = new LinearRetry(500);
    }

    private static void Limit(KestrelServerOptions kestrel, IOptions<GatewayOptions> options)
    {
        var (connections, head) = (options.Value.Limits.Connections, options.Value.Limits.Head);
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = connections.Max;
        limits.MaxConcurrentUpgradedConnections = connections.Max;
        limits.RequestHeadersTimeout = connections.HeadTimeout;
        limits.KeepAliveTimeout = connections.IdleTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(connections.MinBytesPerSecond, connections.SlowFor);
        limits.MinResponseDataRate = new MinDataRate(connections.MinBytesPerSecond, connections.SlowFor);
        // What goes a little beyond is answered with a problem; what goes far beyond is not read.
        limits.MaxRequestLineSize = 2 * head.MaxUrlBytes;
        limits.MaxRequestHeadersTotalSize = 2 * head.MaxHeaderBytes;
        limits.MaxRequestHeaderCount = 2 * head.MaxHeaders;
        limits.Http2.MaxRequestHeaderFieldSize = Math.Max(limits.Http2.MaxRequestHeaderFieldSize, 2 * head.MaxUrlBytes);
    }
}
