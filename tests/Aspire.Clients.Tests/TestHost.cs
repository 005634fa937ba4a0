using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Slipway.Aspire.Clients.Tests;

/// <summary>A host with nothing but a client, and its spans.</summary>
internal sealed class TestHost(IHost host, SpanLog spans) : IDisposable
{
    public SpanLog Spans => spans;

    public IServiceProvider Services => host.Services;

    public IEnumerable<HealthCheckRegistration> Checks =>
        host.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations;

    public static HostApplicationBuilder Builder(params (string Key, string? Value)[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        return builder;
    }

    public static async Task<TestHost> StartAsync(HostApplicationBuilder builder)
    {
        var spans = new SpanLog();
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
            .AddSource(SpanLog.SourceName)
            .AddProcessor(new SimpleActivityExportProcessor(spans)));
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new TestHost(host, spans);
    }

    public Task<HealthReport> CheckHealthAsync() =>
        host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

    public void Dispose() => host.Dispose();
}
