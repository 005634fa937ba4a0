using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Shutdown;

/// <summary>
/// The order of an end: readiness turns unhealthy, requests are still answered for a while, then the server takes no new ones and those under way
/// end within the deadline.
/// </summary>
internal sealed partial class Draining(IOptions<ShutdownOptions> options, IHostEnvironment environment, TimeProvider clock, ILogger<Draining> logger)
    : IHealthCheck, IHostedLifecycleService
{
    private volatile bool _isDraining;

    public static TimeSpan Delay(ShutdownOptions options, IHostEnvironment environment) =>
        options.ReadinessDelay ?? (environment.IsDevelopment() ? TimeSpan.Zero : TimeSpan.FromSeconds(5));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isDraining ? HealthCheckResult.Unhealthy("The service is ending and takes no new requests.") : HealthCheckResult.Healthy());

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isDraining = true;
        var delay = Delay(options.Value, environment);
        if (delay <= TimeSpan.Zero)
            return;
        LogDraining(delay.TotalSeconds);
        await Task.Delay(delay, clock, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(9801, LogLevel.Information, "Ending: not ready any more; requests are answered for another {Seconds} s")]
    private partial void LogDraining(double seconds);
}

internal static class DrainingRegistration
{
    public static void AddDraining(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ShutdownOptions>, ShutdownOptionsValidator>());
        services.AddOptionsWithValidateOnStart<ShutdownOptions>().BindConfiguration(ShutdownOptions.Section);
        services.AddSingleton<Draining>();
        services.AddHostedService(static provider => provider.GetRequiredService<Draining>());
        services.AddHealthChecks().Add(new HealthCheckRegistration("draining", static provider => provider.GetRequiredService<Draining>(), null, null));
        services.AddOptions<HostOptions>().Configure<IOptions<ShutdownOptions>, IHostEnvironment>(
            static (host, shutdown, environment) => host.ShutdownTimeout = Draining.Delay(shutdown.Value, environment) + shutdown.Value.Deadline);
    }
}
