using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.Dashboard.Grpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>Serves <see cref="ResourceService"/> on loopback over HTTP/2.</summary>
internal sealed class ResourceServiceHost(
    DashboardSettings settings,
    ResourceService service,
    TimeProvider clock,
    ILoggerFactory loggers) : IAsyncDisposable
{
    public const string KeyHeader = "x-resource-service-api-key";

    /// <summary>How long open calls may take to end at shutdown.</summary>
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? _server;
    private Task _starting = Task.CompletedTask;

    /// <summary>Starts to listen in the background; <see cref="GetUrlAsync"/> says when it does.</summary>
    /// <exception cref="DistributedApplicationException">The configured address can't be listened on.</exception>
    public void Start()
    {
        ThrowIfAddressIsUnusable();
        _starting = Task.Run(ListenAsync);
    }

    /// <summary>Where the dashboard connects.</summary>
    public Task<string> GetUrlAsync(CancellationToken cancellationToken) => _url.Task.WaitAsync(cancellationToken);

    /// <summary>Ends open streams, then the listener. Safe to call twice.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        _url.TrySetCanceled();
        await _starting;
        if (Interlocked.Exchange(ref _server, null) is not { } server)
        {
            return;
        }

        using var limit = new CancellationTokenSource(s_stopLimit, clock);
        await server.StopAsync(limit.Token);
        await server.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            var server = BuildServer();
            await server.StartAsync(_stopping.Token);
            _server = server;
            _url.TrySetResult(server.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
        }
        catch (Exception exception)
        {
            _url.TrySetException(new DistributedApplicationException(
                $"The resource service for the dashboard could not listen on {settings.ResourceServiceUrl ?? "a loopback port"}: {exception.Message}",
                exception));
        }
    }

    private WebApplication BuildServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddLogging();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(ConfigureKestrel);
        var server = builder.Build();
        var routes = new GrpcRoutes(IsAuthorized, clock, loggers.CreateLogger<GrpcRoutes>(), _stopping.Token);
        service.Map(routes);
        server.Run(routes.HandleAsync);
        return server;
    }

    private void ConfigureKestrel(KestrelServerOptions options)
    {
        options.AddServerHeader = false;

        // A watched stream is silent for as long as nothing happens.
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        var url = settings.ResourceServiceUrl is { } configured ? new Uri(configured) : null;
        if (url is null)
        {
            options.Listen(IPAddress.Loopback, 0, Configure);
        }
        else if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address))
        {
            options.Listen(address, url.Port, Configure);
        }
        else
        {
            options.ListenLocalhost(url.Port, Configure);
        }

        void Configure(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http2;
            if ((url?.Scheme ?? settings.DefaultScheme) == Uri.UriSchemeHttps)
            {
                listen.UseHttps();
            }
        }
    }

    private bool IsAuthorized(HttpRequest request) => settings.ResourceServiceKey is not { } key
        || CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(request.Headers[KeyHeader].ToString())),
            SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Said before anything starts: a listener that fails later would only leave the dashboard without resources.</summary>
    private void ThrowIfAddressIsUnusable()
    {
        if (settings.ResourceServiceUrl is not { } configured)
        {
            return;
        }

        if (!Uri.TryCreate(configured, UriKind.Absolute, out var url) || !url.IsLoopback)
        {
            throw new DistributedApplicationException($"{DashboardSettings.ResourceServiceUrlKey} must contain a local loopback address.");
        }

        try
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.Loopback, url.Port));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new DistributedApplicationException(
                $"Port {url.Port} for the dashboard's resource service is already in use. Stop the program that has it, or set "
                + $"{DashboardSettings.ResourceServiceUrlKey} to another address (unset: a free port).",
                exception);
        }
    }
}
