using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Slipway.ServiceDefaults.Logs;

namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs by OpenTelemetry, exported over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</summary>
internal static class TelemetryRegistration
{
    /// <summary>Without it ASP.NET Core leaves method, path and server to an instrumentation package that isn't here. Read when the server starts.</summary>
    private const string SuppressSpanAttributes = "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData";

    private static readonly string[] s_sources =
        ["Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "OpenTelemetry.Instrumentation.StackExchangeRedis", "Yarp.ReverseProxy", "Slipway.*"];

    private static readonly string[] s_meters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.RateLimiting",
        "Microsoft.AspNetCore.Diagnostics", "Microsoft.AspNetCore.MemoryPool", "System.Net.Http", "System.Runtime", "Npgsql", "Slipway.*",
    ];

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        AppContext.SetSwitch(SuppressSpanAttributes, false);

        builder.Services.AddSingleton<RedactedSpans>().AddSingleton<RedactedRecords>();
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => NameService(resource, builder))
            .WithTracing(static tracing => tracing.AddSource(s_sources).AddProcessor(new ProbeSpanFilter()).AddProcessor<RedactedSpans>())
            .WithMetrics(static metrics => metrics.AddMeter(s_meters))
            .WithLogging(static logging => logging.AddProcessor<RedactedRecords>(), static logs =>
            {
                logs.IncludeFormattedMessage = true;
                logs.IncludeScopes = true;
            });

        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            telemetry.UseOtlpExporter();
    }

    /// <summary>The application's name, unless the environment names the service (the SDK reads that by itself).</summary>
    private static void NameService(ResourceBuilder resource, IHostApplicationBuilder builder)
    {
        var named = !string.IsNullOrEmpty(builder.Configuration["OTEL_SERVICE_NAME"])
            || builder.Configuration["OTEL_RESOURCE_ATTRIBUTES"]?.Contains("service.name=", StringComparison.Ordinal) == true;
        if (!named)
            resource.AddService(builder.Environment.ApplicationName);
    }
}
