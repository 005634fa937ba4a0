using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Slipway.Aspire.Clients.Tests.Hosting;

public sealed class OpenTelemetryBuilderTests
{
    private sealed class Nothing : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    [Fact]
    public void AddOpenTelemetry_CalledOften_StartsOnceAndFirst()
    {
        var services = new ServiceCollection();
        services.AddHostedService<Nothing>();
        services.AddKeyedSingleton("key", new Nothing());
        services.AddOpenTelemetry().WithTracing();
        services.AddOpenTelemetry().WithMetrics();

        var hosted = services.Where(service => service.ServiceType == typeof(IHostedService)).ToArray();

        Assert.Equal(2, hosted.Length);
        Assert.Equal("OpenTelemetry.Extensions.Hosting.Implementation.TelemetryHostedService", hosted[0].ImplementationType?.FullName);
    }

    [Fact]
    public async Task AHostStartsAProviderForEachSignalThatWasAskedFor()
    {
        var started = new List<string>();
        var builder = TestHost.Builder();
        OpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddAttributes([new("a", "b")]))
            .WithTracing(tracing => tracing.AddInstrumentation(_ => Note("traces")))
            .WithMetrics(metrics => metrics.AddInstrumentation(_ => Note("metrics")))
            .WithLogging(logging => logging.AddInstrumentation(_ => Note("logs")));
        Assert.Same(builder.Services, Assert.IsType<IOpenTelemetryBuilder>(telemetry, exactMatch: false).Services);

        using var host = builder.Build();
        // Logging is built with the host; the others wait for its start.
        Assert.DoesNotContain("traces", started);
        Assert.DoesNotContain("metrics", started);
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["logs", "metrics", "traces"], started.Order());

        object Note(string signal)
        {
            started.Add(signal);
            return signal;
        }
    }
}
