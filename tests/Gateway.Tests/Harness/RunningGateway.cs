using System.Collections.Concurrent;
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
    /// <summary>Sums, so that many thousand requests leave no more behind than a few.</summary>
    private readonly ConcurrentDictionary<string, (string Name, KeyValuePair<string, object?>[] Tags, long Sum)> _counted = new();

    /// <summary>Tests about other things send many requests from one address.</summary>
    private static readonly KeyValuePair<string, string?>[] s_hardlyLimited =
    [
        new("Gateway:Limits:Address:PerMinute", "6000000"), new("Gateway:Limits:Address:PerHour", "60000000"),
        new("Gateway:Limits:Client:PerMinute", "6000000"), new("Gateway:Limits:Client:PerHour", "60000000"),
    ];

    private RunningGateway(WebApplication app)
    {
        _app = app;
        var meters = app.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is Counter<long> && instrument.Name.StartsWith("slipway.gateway.", StringComparison.Ordinal) && ReferenceEquals(instrument.Meter.Scope, meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var own = tags.ToArray();
            _counted.AddOrUpdate($"{instrument.Name} {string.Join(',', own)}", (instrument.Name, own, value), (_, counted) => counted with { Sum = counted.Sum + value });
        });
        _listener.Start();
    }

    public Uri Address { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public IServiceProvider Services => _app.Services;

    /// <summary>Repeated attempts so far, from the Gateway's own meter.</summary>
    public long Retries => Counted("slipway.gateway.retries");

    /// <summary>What the Gateway's own counter of that name has come to, where the tags are as given.</summary>
    public long Counted(string counter, params (string Name, string Value)[] tags) => _counted.Values
        .Where(counted => counted.Name == counter && tags.All(tag => counted.Tags.Any(own => own.Key == tag.Name && (string?)own.Value == tag.Value)))
        .Sum(counted => counted.Sum);

    /// <param name="destinations">Addresses of <c>services:api:http</c>.</param>
    /// <param name="settings">Further configuration, such as <c>Gateway:Retries:MaxAttempts</c>.</param>
    public static async Task<RunningGateway> Start(IEnumerable<Uri> destinations, params (string Key, string Value)[] settings)
    {
        var addresses = destinations.Select((address, n) => KeyValuePair.Create($"services:api:http:{n}", (string?)address.OriginalString));
        var app = GatewayApp.Build(["--urls=http://127.0.0.1:0"], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection(s_hardlyLimited);
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
