using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Connections;

public sealed class ConnectionProofTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AServiceWithTheUsualEndpointsProvesItsConnections()
    {
        // A second Gateway is such a service: its /alive is the one that all services have.
        await using var service = await RunningGateway.Start([]);
        await using var gateway = await RunningGateway.Start([service.Address]);
        using var response = await gateway.Client.PostAsync("/applications", new StringContent("body"), Cancellation);
        Assert.Contains("no-destination", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(0, gateway.Retries);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")]
    [InlineData("")]
    public async Task ARequestIsNotTrustedToAConnectionWithADoubtfulAnswer(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var seen = Answer(listener, answer);
        await using var gateway = await RunningGateway.Start(
            [new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}")],
            ("Gateway:Retries:MaxAttempts", "1"), ("Gateway:Destinations:ProbeInterval", "00:10:00"));
        using var response = await gateway.Client.PostAsync("/applications", new StringContent("body"), Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("gateway:unreachable", await response.Content.ReadAsStringAsync(Cancellation));
        listener.Stop();
        Assert.All(await seen, head => Assert.StartsWith("HEAD /alive HTTP/1.1\r\n", head));
    }

    /// <summary>Gives every connection the same answer and closes it.</summary>
    /// <returns>What was received on each.</returns>
    private static async Task<List<string>> Answer(TcpListener listener, string answer)
    {
        var seen = new List<string>();
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                using var connection = await listener.AcceptSocketAsync(Cancellation);
                var read = await connection.ReceiveAsync(buffer, Cancellation);
                seen.Add(Encoding.ASCII.GetString(buffer, 0, read));
                await connection.SendAsync(Encoding.ASCII.GetBytes(answer), Cancellation);
            }
        }
        catch (SocketException)
        {
            // The listener was stopped.
            return seen;
        }
    }
}
