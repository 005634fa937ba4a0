using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Protection;

/// <summary>Requests that are too large, clients that are too slow, connections that are too many; over real sockets.</summary>
public sealed class SizeAndTimeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("url", 414, "url-too-long")]
    [InlineData("header", 431, "headers-too-large")]
    [InlineData("headers", 431, "headers-too-large")]
    [InlineData("body", 413, "body-too-large")]
    public async Task WhatIsTooLargeIsAProblemAndIsNotSentOn(string part, int status, string type)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start(
            [backend.Address], ("Gateway:Limits:Head:MaxUrlBytes", "1000"), ("Gateway:Limits:Head:MaxHeaderBytes", "5000"),
            ("Gateway:Limits:Head:MaxHeaders", "30"), ("Gateway:Requests:MaxBodyBytes", "1000"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/applications/upload/1" + (part == "url" ? "?" + new string('x', 1000) : ""));
        if (part == "header")
            request.Headers.Add("X-Long", new string('x', 5000));
        for (var i = 0; i < (part == "headers" ? 30 : 0); i++)
            request.Headers.Add($"X-Header-{i}", "x");
        request.Content = new ByteArrayContent(new byte[part == "body" ? 1001 : 10]);

        using var response = await gateway.Client.SendAsync(request, Cancellation);

        Assert.Equal(status, (int)response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>(Cancellation);
        Assert.Equal($"urn:slipway:problem:gateway:{type}", problem!["type"]!.GetValue<string>());
        Assert.Empty(backend.State.Runs);
        Assert.Equal(1, gateway.Counted("slipway.gateway.limits.size_refusals"));
    }

    [Theory]
    [InlineData("GET /{0} HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 414 ")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {0}\r\n\r\n", "HTTP/1.1 431 ")]
    public async Task WhatIsFarTooLargeIsNotEvenRead(string head, string answer)
    {
        await using var gateway = await RunningGateway.Start([]);
        using var client = await ConnectAsync(gateway);
        await SendAsync(client, string.Format(System.Globalization.CultureInfo.InvariantCulture, head, new string('x', 100_000)));
        Assert.StartsWith(answer, await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHeadThatNeverEndsIsGivenUp()
    {
        await using var gateway = await RunningGateway.Start([], ("Gateway:Limits:Connections:HeadTimeout", "00:00:00.500"));
        using var client = await ConnectAsync(gateway);
        await SendAsync(client, "GET /alive HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        Assert.StartsWith("HTTP/1.1 408 ", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABodyThatTricklesIsGivenUp()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start(
            [backend.Address], ("Gateway:Limits:Connections:SlowFor", "00:00:01.100"), ("Gateway:Limits:Connections:MinBytesPerSecond", "1000"));
        using var client = await ConnectAsync(gateway);
        await SendAsync(client, "POST /applications/upload/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx");
        Assert.StartsWith("HTTP/1.1 408 ", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARequestThatNeverEndsIsGivenUpButNotAStream()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Limits:RequestTime", "00:00:00.300"));
        using var stream = await gateway.Client.GetAsync("/applications/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(Cancellation));
        Assert.Equal("data: 1", await reader.ReadLineAsync(Cancellation));

        // It began later than the stream and has been given up, so the stream's time would be over too.
        using var response = await gateway.Client.GetAsync("/applications/hang", Cancellation);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        backend.State.NextEvent.Release(3);
        Assert.Contains("data: 3", await reader.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnIdleConnectionIsClosed()
    {
        await using var gateway = await RunningGateway.Start([], ("Gateway:Limits:Connections:IdleTimeout", "00:00:01"));
        using var client = await ConnectAsync(gateway);
        await SendAsync(client, "GET /alive HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAddressHasSoManyConnectionsAndNoMore()
    {
        await using var gateway = await RunningGateway.Start([], ("Gateway:Limits:Connections:MaxPerAddress", "3"));
        var held = new List<TcpClient>();
        for (var i = 0; i < 3; i++)
            held.Add(await AskAsync(gateway, "127.0.0.1"));

        Assert.Equal("", await AskOnceAsync(gateway));
        Assert.Equal(1, gateway.Counted("slipway.gateway.limits.connection_refusals"));
        using (await AskAsync(gateway, "127.0.0.2"))
        {
            // Another address has its own count.
        }

        held[0].Dispose();
        await Wait.Until(
            async () => (await AskOnceAsync(gateway)).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal), "room for one connection more");
        held.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task ATrustedProxyHasNoLimitOfConnections()
    {
        await using var gateway = await RunningGateway.Start(
            [], ("Gateway:Limits:Connections:MaxPerAddress", "1"), ("Gateway:ForwardedHeaders:TrustedProxies:0", "127.0.0.1"));
        using var first = await AskAsync(gateway, "127.0.0.1");
        using var second = await AskAsync(gateway, "127.0.0.1");
        Assert.True(first.Connected && second.Connected);
    }

    /// <returns>The answer on a connection of its own; empty when the connection was refused.</returns>
    private static async Task<string> AskOnceAsync(RunningGateway gateway)
    {
        try
        {
            using var client = await ConnectAsync(gateway);
            await SendAsync(client, "GET /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            return await ReadToEndAsync(client);
        }
        catch (SocketException)
        {
            // Reset before the connection was even known here.
            return "";
        }
    }

    /// <summary>A connection on which a request has been answered.</summary>
    private static async Task<TcpClient> AskAsync(RunningGateway gateway, string from)
    {
        var client = await ConnectAsync(gateway, from);
        await SendAsync(client, "GET /alive HTTP/1.1\r\nHost: a\r\n\r\n");
        var buffer = new byte[12];
        await client.GetStream().ReadExactlyAsync(buffer, Cancellation);
        Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(buffer));
        return client;
    }

    private static async Task<TcpClient> ConnectAsync(RunningGateway gateway, string from = "127.0.0.1")
    {
        var client = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        await client.ConnectAsync(IPAddress.Loopback, gateway.Address.Port, Cancellation);
        return client;
    }

    private static async Task SendAsync(TcpClient client, string text)
    {
        try
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Cancellation);
        }
        catch (IOException)
        {
            // The other end has closed already; what it answered can still be read.
        }
    }

    /// <summary>What comes until the other end closes, properly or by a reset.</summary>
    private static async Task<string> ReadToEndAsync(TcpClient client)
    {
        var received = new MemoryStream();
        try
        {
            await client.GetStream().CopyToAsync(received, Cancellation);
        }
        catch (IOException)
        {
            // Reset.
        }

        return Encoding.ASCII.GetString(received.ToArray());
    }
}
