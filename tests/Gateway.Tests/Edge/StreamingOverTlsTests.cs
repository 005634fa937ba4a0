using System.Net;
using System.Net.WebSockets;
using System.Text;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Edge;

/// <summary>What passes piece by piece, over TLS with everything of the edge turned on.</summary>
public sealed class StreamingOverTlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task AWebSocketEchoes(string version)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await Start(backend);
        using var socket = new ClientWebSocket
        {
            Options = { HttpVersion = Version.Parse(version), HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact },
        };
        using var invoker = new HttpMessageInvoker(Handler());
        await socket.ConnectAsync(new UriBuilder(gateway.Https) { Scheme = "wss", Path = "/applications/socket" }.Uri, invoker, Cancellation);
        await socket.SendAsync("over tls"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
        var buffer = new byte[100];
        var received = await socket.ReceiveAsync(buffer, Cancellation);
        Assert.Equal("over tls", Encoding.UTF8.GetString(buffer, 0, received.Count));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", Cancellation);
        Assert.Equal("bye", socket.CloseStatusDescription);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task AnEventArrivesBeforeTheNextIsSentAlsoToAClientThatTakesCompression(string version)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await Start(backend);
        using var client = new HttpClient(Handler()) { BaseAddress = gateway.Https };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/applications/events")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { { "Accept-Encoding", "br, gzip" } },
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal($"data: {i}", await reader.ReadLineAsync(Cancellation));
            Assert.Equal("", await reader.ReadLineAsync(Cancellation));
            backend.State.NextEvent.Release();
        }

        Assert.Null(await reader.ReadLineAsync(Cancellation));
    }

    [Fact]
    public async Task ACallLikeGrpcGoesBothWaysAndEndsWithItsTrailers()
    {
        await using var backend = await LocalBackend.Start(protocol: "Http2");
        await using var gateway = await Start(backend, ("Gateway:Connections:Protocol", "Http2"));
        using var client = new HttpClient(Handler()) { BaseAddress = gateway.Https };
        var sending = new DuplexContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/applications/grpc")
        {
            Content = sending,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { { "TE", "trailers" }, { "grpc-accept-encoding", "gzip" }, { "Accept-Encoding", "gzip" } },
        };
        var answering = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        await sending.Send("ping"u8.ToArray());
        using var response = await answering;
        await using var answers = await response.Content.ReadAsStreamAsync(Cancellation);
        var received = new byte[4];
        await answers.ReadExactlyAsync(received, Cancellation);
        Assert.Equal("ping", Encoding.ASCII.GetString(received));
        await sending.Send("pong"u8.ToArray());
        await answers.ReadExactlyAsync(received, Cancellation);
        Assert.Equal("pong", Encoding.ASCII.GetString(received));
        sending.End();
        Assert.Equal(0, await answers.ReadAsync(received, Cancellation));
        Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
    }

    private Task<EdgeGateway> Start(LocalBackend backend, params (string Key, string Value)[] settings) => EdgeGateway.Start(
        [backend.Address],
        [_certificates.Write("a", _certificates.Make("a.example"))],
        [("Gateway:Affinity:Enabled", "true"), ("Gateway:Cors:Origins:0", "https://console.example"), .. settings]);

    private SocketsHttpHandler Handler() => new()
    {
        SslOptions =
        {
            CertificateChainPolicy = new()
            {
                TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust,
                RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
                CustomTrustStore = { _certificates.Root },
            },
        },
    };
}
