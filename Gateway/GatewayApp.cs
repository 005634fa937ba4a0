using Microsoft.Extensions.Options;
using Slipway.Gateway.Connections;
using Slipway.Gateway.Destinations;
using Slipway.Gateway.Forwarding;
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
        builder.AddGateway();

        var app = builder.Build();
        var options = app.ValidOptions();
        app.UseTrustedProxies(options.ForwardedHeaders);
        app.UseRouting();
        app.UseRequestTimeouts();
        app.MapHealthChecks("/health");
        app.MapHealthChecks("/alive", new() { Predicate = _ => false });
        app.MapReverseProxy(pipeline =>
        {
            pipeline.UseMiddleware<GatewayProblems>();
            pipeline.UseMiddleware<Retries>();
            pipeline.UseLoadBalancing();
            pipeline.UsePassiveHealthChecks();
        });
        app.MapFallback("{**path}", GatewayProblems.NoRoute);
        return app;
    }

    private static void AddGateway(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptionsWithValidateOnStart<GatewayOptions, GatewayOptionsValidator>()
            .BindConfiguration(GatewayOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true);
        services.AddSingleton<IValidateOptions<GatewayOptions>, ServiceAddressesValidator>();
        services.AddOptions<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>().Configure<IOptions<GatewayOptions>>((kestrel, options) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.Value.Requests.MaxBodyBytes;
        });

        services.AddSingleton(TimeProvider.System);
        services.AddProblemDetails();
        services.AddRequestTimeouts();
        services.AddHealthChecks().AddCheck<DestinationsHealthCheck>("destinations");
        services.AddSingleton<RetryBudget>();
        services.AddSingleton<GatewayMetrics>();
        services.AddReverseProxy().AddConfigFilter<AffinityPolicies>();
        services.AddSingleton<IProxyConfigProvider, GatewayConfig>();
        services.AddSingleton<IForwarderHttpClientFactory, GatewayHttpClients>();
        services.AddOptions<TransportFailureRateHealthPolicyOptions>().Configure<IOptions<GatewayOptions>>((policy, options) =>
        {
            policy.DetectionWindowSize = options.Value.Destinations.FailureWindow;
            policy.DefaultFailureRateLimit = options.Value.Destinations.FailureRate;
        });
        services.AddOptions<ConsecutiveFailuresHealthPolicyOptions>().Configure<IOptions<GatewayOptions>>(
            (policy, options) => policy.DefaultThreshold = options.Value.Destinations.ProbeThreshold);
        services.AddSingleton<Yarp.ReverseProxy.Transforms.Builder.ITransformProvider, ClientFacts>();
    }

    /// <summary>The options, or all of their errors in one exception; also a value that can't be read and a key that nobody knows.</summary>
    private static GatewayOptions ValidOptions(this WebApplication app)
    {
        try
        {
            return app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        }
        catch (InvalidOperationException unreadable)
        {
            throw new OptionsValidationException(GatewayOptions.Section, typeof(GatewayOptions), [unreadable.Message]);
        }
    }
}
