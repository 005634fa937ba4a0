using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Lets resources send their telemetry to the dashboard.</summary>
public static class OtlpConfigurationExtensions
{
    private const string DefaultEndpoint = "http://localhost:18889";

    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        AddOtlpEnvironment(builder.Resource, builder.ApplicationBuilder.Configuration, builder.ApplicationBuilder.Environment);
        return builder;
    }

    /// <param name="protocol">Preferred; where the dashboard doesn't offer it, what it offers.</param>
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder, OtlpProtocol protocol)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        AddOtlpEnvironment(builder.Resource, builder.ApplicationBuilder.Configuration, builder.ApplicationBuilder.Environment, protocol);
        return builder;
    }

    public static void AddOtlpEnvironment(IResource resource, IConfiguration configuration, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(resource);
        Register(resource, configuration, environment, protocol: null);
    }

    public static void AddOtlpEnvironment(IResource resource, IConfiguration configuration, IHostEnvironment environment, OtlpProtocol protocol)
    {
        ArgumentNullException.ThrowIfNull(resource);
        Register(resource, configuration, environment, protocol);
    }

    private static void Register(IResource resource, IConfiguration configuration, IHostEnvironment environment, OtlpProtocol? protocol)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(environment);
        resource.Annotations.Add(new OtlpExporterAnnotation { RequiredProtocol = protocol });
        resource.Annotations.Add(new EnvironmentCallbackAnnotation(context =>
        {
            if (context.ExecutionContext.IsRunMode && resource.TryGetLastAnnotation<OtlpExporterAnnotation>(out var annotation))
            {
                AddVariables(context, annotation.RequiredProtocol, configuration, environment.IsDevelopment());
            }
        }));
    }

    private static void AddVariables(EnvironmentCallbackContext context, OtlpProtocol? required, IConfiguration configuration, bool isDevelopment)
    {
        var variables = context.EnvironmentVariables;
        var dashboard = context.ExecutionContext.IsBuilt ? context.ExecutionContext.ServiceProvider.GetService<IDashboardEndpointProvider>() : null;
        var (endpoint, protocol) = Choose(required, dashboard?.OtlpGrpc, dashboard?.OtlpHttp)
            ?? Choose(required, Configured(configuration, "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"), Configured(configuration, "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"))
            ?? (new HostUrl(DefaultEndpoint), "grpc");
        variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol;

        // Each replica has its own; the orchestrator fills them in from the annotations of its object.
        variables["OTEL_RESOURCE_ATTRIBUTES"] = """service.instance.id={{- index .Annotations "otel-service-instance-id" -}}""";
        variables["OTEL_SERVICE_NAME"] = """{{- index .Annotations "otel-service-name" -}}""";
        if ((dashboard?.OtlpApiKey ?? configuration["AppHost:OtlpApiKey"]) is { } key)
        {
            variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
        }

        if (isDevelopment)
        {
            variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
            variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
            variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
            variables["OTEL_TRACES_SAMPLER"] = "always_on";
            variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
            variables["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true";
        }
    }

    private static HostUrl? Configured(IConfiguration configuration, string key) => configuration[key] is { Length: > 0 } url ? new HostUrl(url) : null;

    private static (IValueProvider Endpoint, string Protocol)? Choose(OtlpProtocol? required, IValueProvider? grpc, IValueProvider? http) => (required, grpc, http) switch
    {
        (OtlpProtocol.HttpProtobuf, _, not null) => (http, "http/protobuf"),
        (OtlpProtocol.HttpJson, _, not null) => (http, "http/json"),
        (_, not null, _) => (grpc, "grpc"),
        (_, _, not null) => (http, "http/protobuf"),
        _ => null,
    };
}
