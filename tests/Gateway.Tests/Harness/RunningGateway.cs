using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.Gateway.Tests.Harness;

/// <summary>The whole Gateway on a free port of this machine, with a client to it.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MeterListener _listener = new();
    private long _retries;

    private RunningGateway(WebApplication app)
    {
        _app = app;
        var meters = app.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "slipway.gateway.retries" && ReferenceEquals(instrument.Meter.Scope, meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _retries, value));
        _listener.Start();
    }

    public Uri Address { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public IServiceProvider Services => _app.Services;

    /// <summary>Repeated attempts so far, from the Gateway's own meter.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <param name="destinations">Addresses of <c>services:api:http</c>.</param>
    /// <param name="settings">Further configuration, such as <c>Gateway:Retries:MaxAttempts</c>.</param>
    public static async Task<RunningGateway> Start(IEnumerable<Uri> destinations, params (string Key, string Value)[] settings)
    {
        var addresses = destinations.Select((address, n) => KeyValuePair.Create($"services:api:http:{n}", (string?)address.OriginalString));
        var app = GatewayApp.Build(["--urls=http://127.0.0.1:0"], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection([new("Gateway:AllowPlainHttp", "true"), .. addresses, .. settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))]);
        });
        var gateway = new RunningGateway(app);
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }

        gateway.Address = new Uri(app.Urls.First());
        // No limit on connections and no waiting for pooled ones: what is measured is the Gateway, not the client.
        gateway.Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = gateway.Address };
        return gateway;
    }

    /// <summary>Sets a configuration value while running and announces the change; null takes the value away.</summary>
    public void Configure(string key, string? value)
    {
        var configuration = (IConfigurationRoot)_app.Configuration;
        configuration[key] = value;
        configuration.Reload();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Client?.Dispose();
        await _app.DisposeAsync();
    }
}
