using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using OpenTelemetry.Metrics;
using Slipway.ServiceDefaults.Internal;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary><c>/metrics</c> on the internal port.</summary>
internal static class MetricsEndpoint
{
    public const string Path = "/metrics";

    private const string OpenMetrics = "application/openmetrics-text";

    public static void AddMetricsEndpoint(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MetricsOptions>, MetricsOptionsValidator>());
        services.AddOptionsWithValidateOnStart<MetricsOptions>().BindConfiguration(MetricsOptions.Section);
        services.AddSingleton<ProcessMetrics>();
        // Whoever measures pays for each reader: without the port nobody can read here.
        if (string.IsNullOrEmpty(builder.Configuration[$"{InternalOptions.Section}:{nameof(InternalOptions.Port)}"]))
            return;
        services.AddSingleton<Scrapes>();
        services.AddOpenTelemetry().WithMetrics(static metrics =>
        {
            metrics.AddReader(static provider => provider.GetRequiredService<Scrapes>().Reader);
            metrics.SetExemplarFilter(ExemplarFilterType.TraceBased);
            // Resolved here since nobody else asks for it.
            ((IDeferredMeterProviderBuilder)metrics).Configure(static (provider, deferred) =>
            {
                provider.GetRequiredService<ProcessMetrics>();
                var most = provider.GetRequiredService<IOptions<MetricsOptions>>().Value.MaxSeries;
                deferred.AddView(_ => new MetricStreamConfiguration { CardinalityLimit = most });
            });
        });
    }

    public static void MapMetrics(this WebApplication app)
    {
        if (app.Services.GetService<Scrapes>() is not { } scrapes)
            return;
        app.MapInternal().MapGet(Path, async (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.Vary = HeaderNames.Accept;
            var format = FormatFor(context.Request);
            try
            {
                var text = await scrapes.GetAsync(format, context.RequestAborted);
                return text is null ? Unavailable("The collection failed.") : Results.Text(text, TypeOf(format));
            }
            catch (TimeoutException)
            {
                return Unavailable("An instrument of this process takes too long to answer.");
            }
        });
    }

    /// <summary>OpenMetrics only for who prefers it: everybody else gets the older format, whatever they ask for.</summary>
    internal static MetricsFormat FormatFor(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList([.. request.Headers.Accept.OfType<string>()], out var accepted))
            return MetricsFormat.Prometheus;
        var open = accepted.Where(IsOpenMetrics).Select(static type => type.Quality ?? 1).DefaultIfEmpty(0).Max();
        var plain = accepted.Where(static type => type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
            .Select(static type => type.Quality ?? 1).DefaultIfEmpty(0).Max();
        return open > 0 && open >= plain ? MetricsFormat.OpenMetrics : MetricsFormat.Prometheus;
    }

    private static bool IsOpenMetrics(MediaTypeHeaderValue type)
    {
        var version = type.Parameters.FirstOrDefault(static parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))?.Value;
        return type.MediaType.Equals(OpenMetrics, StringComparison.OrdinalIgnoreCase)
            && (version is null || (Version.TryParse(version.Value, out var number) && number.Major == 1));
    }

    private static string TypeOf(MetricsFormat format) => format == MetricsFormat.OpenMetrics
        ? $"{OpenMetrics}; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";

    private static IResult Unavailable(string detail) => Results.Problem(
        detail, statusCode: StatusCodes.Status503ServiceUnavailable, title: "There are no metrics now", type: "urn:slipway:problem:metrics:unavailable");
}
