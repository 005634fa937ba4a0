using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Forwarding;

/// <summary>What must pass through a proxy piece by piece.</summary>
public sealed class StreamingTests
{
    private const int Large = 48 * 1024 * 1024;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Http1")]
    [InlineData("Http2")]
    public async Task AWebSocketEchoes(string protocol)
    {
        await using var backend = await LocalBackend.Start(protocol: protocol);
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Connections:Protocol", protocol));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(gateway.Address) { Scheme = "ws", Path = "/applications/socket" }.Uri, Cancellation);
        foreach (var text in new[] { "first", new string('x', 20_000) })
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
            Assert.Equal(text, await Receive(socket));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", Cancellation);
        Assert.Equal("bye", socket.CloseStatusDescription);
    }

    [Fact]
    public async Task AWebSocketOverHttp2Echoes()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Kestrel:EndpointDefaults:Protocols", "Http2"));
        using var socket = new ClientWebSocket { Options = { HttpVersion = HttpVersion.Version20, HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact } };
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        await socket.ConnectAsync(new UriBuilder(gateway.Address) { Scheme = "ws", Path = "/applications/socket" }.Uri, invoker, Cancellation);
        await socket.SendAsync("over h2"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
        Assert.Equal("over h2", await Receive(socket));
    }

    [Fact]
    public async Task AnEventArrivesBeforeTheNextIsSent()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);
        using var response = await gateway.Client.GetAsync("/applications/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
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
    public async Task ALargeBodyReachesTheServiceWhileTheClientIsStillSending()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Requests:MaxBodyBytes", "67108864"));
        var body = RandomNumberGenerator.GetBytes(Large);
        using var content = new PausingContent(body, 1024 * 1024, () => Wait.Until(() => backend.State.Runs.ContainsKey("1"), "the first bytes of the upload"));
        using var response = await gateway.Client.PostAsync("/applications/upload/1", content, Cancellation);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task ALargeAnswerArrivesWhole()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);
        var bytes = await gateway.Client.GetByteArrayAsync($"/applications/download?bytes={Large}", Cancellation);
        Assert.Equal(Large, bytes.Length);
        Assert.DoesNotContain(Enumerable.Range(0, Large), i => bytes[i] != i % 251);
    }

    [Fact]
    public async Task HttpTwoPassesFromEndToEndWithTrailersAndPieceByPiece()
    {
        await using var backend = await LocalBackend.Start(protocol: "Http2");
        await using var gateway = await RunningGateway.Start(
            [backend.Address], ("Kestrel:EndpointDefaults:Protocols", "Http2"), ("Gateway:Connections:Protocol", "Http2"));
        var sending = new DuplexContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/applications/grpc")
        {
            Content = sending,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        var answering = gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        // The head of an answer travels with its first bytes, so the first piece goes out before the head is waited for.
        await sending.Send("ping"u8.ToArray());
        using var response = await answering;
        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (response.StatusCode, response.Version));
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

    private static async Task<string> Receive(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        ValueWebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(buffer.AsMemory(length), Cancellation);
            length += received.Count;
        }
        while (!received.EndOfMessage);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
