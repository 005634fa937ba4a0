using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Internal;

/// <summary>The server of the internal port.</summary>
/// <remarks>
/// A server of its own beside the application's. A further address of that one would replace the addresses that the environment, the command
/// line or a test gives it, would have to tell its requests apart, and would count them among the application's. It starts before the
/// application's server and ends after it, so that collectors see the end too.
/// </remarks>
public sealed partial class InternalListener : IHostedService, IDisposable
{
    /// <summary>Collectors are few; whoever opens more is refused.</summary>
    private const int MaxConnections = 64;

    /// <summary>In bytes. What operators send is short.</summary>
    private const int MaxBody = 64 * 1024;

    private readonly InternalOptions _options;
    private readonly IServiceProvider _services;
    private readonly ILogger<InternalListener> _logger;
    private KestrelServer? _server;

    public InternalListener(IOptions<InternalOptions> options, IServiceProvider services, ILogger<InternalListener> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _services, _logger) = (options.Value, services, logger);
    }

    /// <summary>Where it listens; null while it doesn't.</summary>
    public Uri? Address { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.Port is not { } port)
        {
            LogAbsent();
            return;
        }

        var kestrel = new KestrelServerOptions { ApplicationServices = _services, AddServerHeader = false };
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Limits.MaxRequestBodySize = MaxBody;
        kestrel.Listen(IPAddress.Parse(_options.Address), port);
        var loggers = _services.GetRequiredService<ILoggerFactory>();
        _server = new KestrelServer(Options.Create(kestrel), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers), loggers);
        var application = new Application(
            _services.GetRequiredService<InternalRoutes>().BuildPipeline(), _services.GetRequiredService<IHttpContextFactory>(), _logger);
        try
        {
            await _server.StartAsync(application, cancellationToken);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new OptionsValidationException(
                InternalOptions.Section, typeof(InternalOptions), [$"Internal:Port: {_options.Address}:{port} is in use by another process."]);
        }

        Address = new Uri(_server.Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        LogListening(Address);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is not null)
            await _server.StopAsync(cancellationToken);
    }

    public void Dispose() => _server?.Dispose();

    [LoggerMessage(9810, LogLevel.Information, "Metrics and controls at {Address}")]
    private partial void LogListening(Uri address);

    [LoggerMessage(9811, LogLevel.Information, "No metrics and controls are offered: Internal:Port is not set")]
    private partial void LogAbsent();

    [LoggerMessage(9812, LogLevel.Error, "An internal request failed before its error could be told")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    private sealed class Application(RequestDelegate pipeline, IHttpContextFactory contexts, ILogger logger) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => contexts.Create(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => pipeline(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
            if (exception is not null and not OperationCanceledException)
                LogFailed(logger, exception);
            contexts.Dispose(context);
        }
    }
}

internal static class InternalRegistration
{
    public static void AddInternalListener(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<InternalOptions>, InternalOptionsValidator>());
        services.AddOptionsWithValidateOnStart<InternalOptions>().BindConfiguration(InternalOptions.Section);
        services.AddSingleton<InternalRoutes>().AddSingleton<InternalListener>();
        services.AddHostedService(static provider => provider.GetRequiredService<InternalListener>());
    }
}
