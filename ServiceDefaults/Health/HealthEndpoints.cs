using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ServiceDefaults.Health;

/// <summary><c>/health</c> and <c>/alive</c>: 200 when healthy or degraded, 503 when unhealthy, each with every check's status.</summary>
internal static class HealthEndpoints
{
    private const string LiveTag = "live";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static void AddHealth(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HealthOptions>, HealthOptionsValidator>());
        services.AddOptionsWithValidateOnStart<HealthOptions>().BindConfiguration(HealthOptions.Section);
        services.AddHealthChecks().AddCheck("self", static () => HealthCheckResult.Healthy(), [LiveTag]);
        services.AddOptions<HealthCheckServiceOptions>().PostConfigure<IOptions<HealthOptions>>(static (checks, health) =>
        {
            foreach (var check in checks.Registrations.Where(static check => check.Timeout == Timeout.InfiniteTimeSpan))
                check.Timeout = health.Value.CheckTimeout;
        });
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        Map(routes, ProbePaths.Health, static _ => true);
        Map(routes, ProbePaths.Alive, static check => check.Tags.Contains(LiveTag));
    }

    private static void Map(IEndpointRouteBuilder routes, string path, Func<HealthCheckRegistration, bool> includes)
    {
        var services = routes.ServiceProvider;
        var options = services.GetRequiredService<IOptions<HealthOptions>>().Value;
        var checks = services.GetRequiredService<HealthCheckService>();
        var withErrors = services.GetRequiredService<IHostEnvironment>().IsDevelopment();
        var evaluation = new HealthEvaluation(
            () => checks.CheckHealthAsync(includes, CancellationToken.None),
            options.CacheFor,
            // Checks run side by side; a second more leaves a check that ends at its timeout the time to say so.
            options.CheckTimeout + TimeSpan.FromSeconds(1),
            services.GetRequiredService<TimeProvider>());

        routes.MapGet(path, (HttpContext context, CancellationToken cancellationToken) => AnswerAsync(context, evaluation, withErrors, cancellationToken))
            .AllowAnonymous()
            .DisableRateLimiting()
            .DisableHttpMetrics()
            .ExcludeFromDescription();
    }

    private static async Task<JsonHttpResult<HealthResponse>> AnswerAsync(
        HttpContext context, HealthEvaluation evaluation, bool withErrors, CancellationToken cancellationToken)
    {
        context.Response.Headers.CacheControl = "no-store";
        HealthResponse response;
        try
        {
            response = HealthResponse.From(await evaluation.GetAsync(cancellationToken), withErrors);
        }
        catch (TimeoutException)
        {
            response = HealthResponse.WithoutReport("The checks have not ended in time.");
        }

        var status = response.Status == nameof(HealthStatus.Unhealthy) ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return TypedResults.Json(response, s_json, statusCode: status);
    }
}
