using Microsoft.Extensions.Options;
using Slipway.Gateway.Configuration;
using Slipway.Gateway.Connections;
using Slipway.Gateway.Destinations;
using Slipway.Gateway.Edge;
using Slipway.Gateway.Edge.Affinity;
using Slipway.Gateway.Forwarding;
using Slipway.Gateway.Protection;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Configuration;
using Slipway.ServiceDefaults.Health;
using Slipway.ServiceDefaults.Index;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;

namespace Slipway.Gateway;

/// <summary>The Gateway put together; Program runs it, tests start it on a free port.</summary>
internal static class GatewayApp
{
    /// <exception cref="OptionsValidationException">The configuration is in error; every error is listed.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.WebHost.UseKestrelHttpsConfiguration();
        configure?.Invoke(builder);
        builder.AddServiceDefaults();
        builder.AddGateway();
        builder.AddProtection();
        builder.AddEdge();

        var app = builder.BuildChecked(typeof(GatewayApp).Assembly);
        var options = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        app.UseTrustedProxies(options.ForwardedHeaders);
        app.UseEdge();
        app.UseRouting();
        app.UseProtection();
        app.UseRequestTimeouts();
        app.MapDefaultEndpoints();
        app.MapGet("/", static (HttpContext context) => ServiceIndex.For(context, ("docs", "/docs"))).ExcludeFromDescription();
        app.MapReverseProxy(pipeline =>
        {
            pipeline.UseSharedCache(options);
            pipeline.UseMiddleware<GatewayProblems>();
            pipeline.UseSilentStreams();
            pipeline.UseMiddleware<Retries>();
            pipeline.UseMiddleware<CircuitGate>();
            // Within the retries: a destination that failed or is shut off is not offered again, and the cookie leads to its successor.
            pipeline.UseAffinityOfAttempts(options.Affinity);
            pipeline.UseLoadBalancing();
        });
        app.MapFallback("{**path}", GatewayProblems.NoRoute);
        return app;
    }

    private static void AddGateway(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        // Bound by hand: BindConfiguration would read the options anew at each reload, and throw into the reload what is wrong by then.
        services.AddOptionsWithValidateOnStart<GatewayOptions, GatewayOptionsValidator>().Configure<IConfiguration>(Bind);
        services.AddSingleton<IValidateOptions<GatewayOptions>, DestinationAddressesValidator>();
        services.AddOptions<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>().Configure<IOptions<GatewayOptions>>((kestrel, options) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.Value.Requests.MaxBodyBytes;
        });

        services.AddSingleton<IProductionRule, PlainHttp>().AddSingleton<IProductionRule, OpenCors>();
        services.AddRequestTimeouts();
        services.AddHealthChecks().AddCheck<DestinationsHealthCheck>("destinations");
        services.AddSingleton<IHealthDetail, DestinationDetail>();
        services.AddSingleton<RetryBudget>().AddSingleton<DestinationCircuits>();
        services.AddSingleton<GatewayMetrics>();
        services.AddReverseProxy().AddConfigFilter<AffinityPolicies>();
        services.AddSingleton<IProxyConfigProvider, GatewayConfig>();
        services.AddSingleton<IForwarderHttpClientFactory, GatewayHttpClients>();
        services.AddOptions<ConsecutiveFailuresHealthPolicyOptions>().Configure<IOptions<GatewayOptions>>(
            (policy, options) => policy.DefaultThreshold = options.Value.Destinations.ProbeThreshold);
        services.AddSingleton<Yarp.ReverseProxy.Transforms.Builder.ITransformProvider, ClientFacts>();
        services.AddSingleton<Yarp.ReverseProxy.Transforms.Builder.ITransformProvider, AttemptPlans>();
    }

    /// <exception cref="OptionsValidationException">A value can't be read, or a key is unknown: likely a slip that would go unnoticed.</exception>
    private static void Bind(GatewayOptions options, IConfiguration configuration)
    {
        try
        {
            configuration.GetSection(GatewayOptions.Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException unreadable)
        {
            throw new OptionsValidationException(GatewayOptions.Section, typeof(GatewayOptions), [unreadable.Message]);
        }
    }
}
