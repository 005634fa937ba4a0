using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults.Internal;
using Slipway.ServiceDefaults.Secrets;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ServiceDefaults.Health;

/// <summary>The probes: 200 when healthy or degraded, 503 when unhealthy or unknown, each with every check's status.</summary>
internal static class HealthEndpoints
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>In Development everybody may read the details, elsewhere who has the key.</summary>
    private static readonly SharedKey s_detailedKey = new(
        "The details", "Health:DetailedKey", "urn:slipway:problem:health:no-key-set", "urn:slipway:problem:health:key-needed");

    private delegate Task<(string Name, CheckResult Result)[]> Probe(CancellationToken cancellationToken);

    public static void AddHealth(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HealthOptions>, HealthOptionsValidator>());
        services.AddOptionsWithValidateOnStart<HealthOptions>().BindConfiguration(HealthOptions.Section);
        services.AddSingleton<HealthProbes>().AddSingleton<BackgroundLoops>().AddSingleton<ThreadPoolWatchdog>();
        services.AddHostedService(static provider => provider.GetRequiredService<ThreadPoolWatchdog>());
        services.AddHealthChecks()
            .AddCheck("self", static () => HealthCheckResult.Healthy(), [HealthProbes.LiveTag])
            .Add(new HealthCheckRegistration("thread-pool", static provider => provider.GetRequiredService<ThreadPoolWatchdog>(), null, [HealthProbes.LiveTag]))
            .AddCheck<BackgroundLoopsCheck>("background-loops", tags: [HealthProbes.LiveTag]);
        services.AddOptions<HealthCheckServiceOptions>().PostConfigure<IOptions<HealthOptions>>(static (checks, health) =>
        {
            foreach (var check in checks.Registrations.Where(static check => check.Timeout == Timeout.InfiniteTimeSpan))
                check.Timeout = health.Value.CheckTimeout;
        });
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var probes = routes.ServiceProvider.GetRequiredService<HealthProbes>();
        MapProbe(routes, ProbePaths.Health, probes.AllAsync);
        MapProbe(routes, ProbePaths.Liveness, probes.LivenessAsync);
        MapProbe(routes, ProbePaths.Alive, probes.LivenessAsync);
        MapProbe(routes, ProbePaths.Readiness, probes.ReadinessAsync);
        MapProbe(routes, ProbePaths.Startup, probes.StartupAsync);
        MapDetailed(routes, probes);
    }

    private static void MapProbe(IEndpointRouteBuilder routes, string path, Probe probe)
    {
        var withErrors = routes.ServiceProvider.GetRequiredService<IHostEnvironment>().IsDevelopment();
        var redactor = routes.ServiceProvider.GetRequiredService<Redactor>();
        Map(routes, path, async (context, cancellationToken) =>
        {
            var results = await probe(cancellationToken);
            context.Response.Headers.CacheControl = "no-store";
            return TypedResults.Json(HealthResponse.From(results, withErrors, redactor), s_json, statusCode: StatusOf(results));
        });
    }

    private static void MapDetailed(IEndpointRouteBuilder routes, HealthProbes probes)
    {
        var services = routes.ServiceProvider;
        var environment = services.GetRequiredService<IHostEnvironment>();
        var options = services.GetRequiredService<IOptions<HealthOptions>>().Value;
        var parts = services.GetServices<IHealthDetail>().ToArray();
        var clock = services.GetRequiredService<TimeProvider>();
        var redactor = services.GetRequiredService<Redactor>();
        Map(routes, ProbePaths.Detailed, async (context, cancellationToken) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            if (s_detailedKey.Refuse(context.Request, options.DetailedKey, environment.IsDevelopment()) is { } refusal)
                return refusal;
            var results = await probes.AllAsync(cancellationToken);
            var details = HealthDetails.Read(environment, parts, HealthResponse.From(results, withErrors: true, redactor), clock);
            return TypedResults.Json(details, s_json, statusCode: StatusOf(results));
        });
    }

    private static void Map(IEndpointRouteBuilder routes, string path, Func<HttpContext, CancellationToken, Task<IResult>> answer) =>
        routes.MapGet(path, answer).AllowAnonymous().DisableRateLimiting().DisableHttpMetrics().ExcludeFromDescription();

    private static int StatusOf(IEnumerable<(string Name, CheckResult Result)> results) =>
        HealthResponse.Worst(results) <= HealthVerdict.Degraded ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
}
