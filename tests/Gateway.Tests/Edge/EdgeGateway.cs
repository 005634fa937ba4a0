using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.ServiceDefaults.Internal;

namespace Slipway.Gateway.Tests.Edge;

/// <summary>The Gateway as in production: https and http on free ports, the internal port, and the environment's name to choose.</summary>
internal sealed class EdgeGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<HttpClient> _clients = [];

    private EdgeGateway(WebApplication app) => _app = app;

    public Uri Http => new(_app.Urls.First(url => url.StartsWith("http://", StringComparison.Ordinal)));

    public Uri Https => new(_app.Urls.First(url => url.StartsWith("https://", StringComparison.Ordinal)));

    public Uri Internal => _app.Services.GetRequiredService<InternalListener>().Address!;

    public IServiceProvider Services => _app.Services;

    public static string Key => "7f3a9c51e0b24d68a1c5f7e29b3d8046";

    /// <param name="destinations">Addresses of <c>services:api:http</c>.</param>
    /// <param name="certificates">Without any there is http alone.</param>
    /// <param name="settings">Further configuration; wins.</param>
    /// <param name="environment">Of the host.</param>
    /// <param name="log">Where log lines go; null: nowhere.</param>
    public static async Task<EdgeGateway> Start(
        IEnumerable<Uri> destinations,
        IEnumerable<(string Path, string? KeyPath)>? certificates = null,
        IEnumerable<(string Key, string Value)>? settings = null,
        string environment = "Production",
        ILoggerProvider? log = null)
    {
        var files = (certificates ?? []).ToList();
        var values = new Dictionary<string, string?>
        {
            ["Internal:Port"] = "0",
            ["Internal:Key"] = Key,
            ["Gateway:AllowPlainHttp"] = "true",
            ["Health:CacheFor"] = "00:00:00",
            ["Gateway:Tls:CheckInterval"] = "00:00:00.100",
            ["Shutdown:ReadinessDelay"] = "00:00:00",
        };
        foreach (var (address, n) in destinations.Select((address, n) => (address, n)))
            values[$"services:api:http:{n}"] = address.OriginalString;
        foreach (var ((path, key), n) in files.Select((file, n) => (file, n)))
        {
            values[$"Gateway:Tls:Certificates:{n}:Path"] = path;
            values[$"Gateway:Tls:Certificates:{n}:KeyPath"] = key;
        }

        foreach (var (key, value) in settings ?? [])
            values[key] = value;

        var urls = files.Count > 0 ? "http://127.0.0.1:0;https://127.0.0.1:0" : "http://127.0.0.1:0";
        var app = GatewayApp.Build([$"--urls={urls}", $"--environment={environment}"], builder =>
        {
            builder.Logging.ClearProviders();
            if (log is not null)
                builder.Logging.AddProvider(log);
            builder.Configuration.AddInMemoryCollection(values);
        });
        var gateway = new EdgeGateway(app);
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client that resolves every host to this Gateway and trusts <paramref name="root"/> alone.</summary>
    public HttpClient Client(X509Certificate2? root = null, Version? version = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(System.Net.IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        if (root is not null)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { root },
            };
        }

        var client = new HttpClient(handler) { BaseAddress = root is null ? Http : Https };
        if (version is not null)
        {
            client.DefaultRequestVersion = version;
            client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        _clients.Add(client);
        return client;
    }

    /// <summary>A client to the internal port that has the key.</summary>
    public HttpClient Operator()
    {
        var client = new HttpClient { BaseAddress = Internal, DefaultRequestHeaders = { { "X-Api-Key", Key } } };
        _clients.Add(client);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await _app.DisposeAsync();
    }

    /// <summary>The certificate that a client which asks for the name is shown, and the protocol that was agreed upon.</summary>
    public async Task<(X509Certificate2 Certificate, int ChainLength, SslStream Stream)> Handshake(
        string name, System.Security.Authentication.SslProtocols protocols = System.Security.Authentication.SslProtocols.None)
    {
        var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(System.Net.IPAddress.Loopback, Https.Port, TestContext.Current.CancellationToken);
        var sent = 0;
#pragma warning disable CA5359 // The test looks at what it is shown.
        var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, chain, _) =>
        {
            sent = chain?.ChainPolicy.ExtraStore.Count ?? 0;
            return true;
        });
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = name, EnabledSslProtocols = protocols }, TestContext.Current.CancellationToken);
        return (X509CertificateLoader.LoadCertificate(stream.RemoteCertificate!.GetRawCertData()), sent, stream);
    }
}
