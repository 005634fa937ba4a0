using System.Net.Sockets;
using System.Text;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Protection;

/// <summary>Requests that no client library would send, as bytes.</summary>
public sealed class RequestHeadTests
{
    [Theory]
    [InlineData("CONNECT /applications HTTP/1.1\r\nHost: a\r\n\r\n", 405, "no-tunnel")]
    [InlineData("GET /applications HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400, "host-malformed")]
    [InlineData("GET /applications HTTP/1.1\r\nHost: \r\n\r\n", 400, "host-malformed")]
    [InlineData("GET /applications HTTP/1.0\r\n\r\n", 400, "host-malformed")]
    public async Task WhatWouldFailOnItsWayIsRefusedAndNoDestinationIsBlamed(string request, int status, string type)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);

        // More than it takes to open a circuit.
        for (var i = 0; i < 12; i++)
        {
            var answer = await SendAsync(gateway.Address, request);
            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
            Assert.Contains($"\"urn:slipway:problem:gateway:{type}\"", answer, StringComparison.Ordinal);
        }

        Assert.Equal(0, gateway.Counted("slipway.gateway.circuit.openings"));
        using var good = await gateway.Client.GetAsync("/applications/work", TestContext.Current.CancellationToken);
        Assert.True(good.IsSuccessStatusCode);
    }

    [Fact]
    public async Task AHostOfTheGreatestLengthPasses()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);
        var host = string.Join('.', Enumerable.Repeat(new string('h', 60), 4));

        Assert.StartsWith("HTTP/1.1 200 ", await SendAsync(gateway.Address, $"GET /applications/work HTTP/1.1\r\nHost: {host}:65535\r\n\r\n"), StringComparison.Ordinal);
    }

    /// <summary>The answer until the connection is closed, as is asked for.</summary>
    private static async Task<string> SendAsync(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", address.Port, TestContext.Current.CancellationToken);
        await client.Client.SendAsync(Encoding.ASCII.GetBytes(request.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal)), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
