using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Forwarding;

public sealed class RetriesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task AnIdempotentRequestWhoseConnectionIsCutRunsAgain(string method)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/applications/break/1");
        using var response = await gateway.Client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, backend.State.Runs["1"]);
        Assert.Equal(1, gateway.Retries);
    }

    [Fact]
    public async Task AnAttemptThatNoOtherWouldFollowIsWaitedFor()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start(
            [backend.Address], ("Gateway:Retries:HedgeDelay", "00:00:00"), ("Gateway:Retries:AttemptTimeout", "00:00:00.100"), ("Gateway:Retries:Deadline", "00:00:00.250"));
        var sent = TimeProvider.System.GetTimestamp();
        var answer = gateway.Client.GetAsync("/applications/wait/slow", Cancellation);

        // The second attempt would have 200 ms, and end after the deadline.
        await Wait.Until(() => backend.State.Arrived.Count == 2 && TimeProvider.System.GetElapsedTime(sent) > TimeSpan.FromMilliseconds(600), "a second attempt, and its time over");
        backend.State.NextEvent.Release(2);

        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
        Assert.Equal(2, backend.State.Arrived.Count);
    }

    [Theory]
    [InlineData("POST", null)]
    [InlineData("POST", "body")]
    [InlineData("PATCH", null)]
    [InlineData("PUT", "body")]
    public async Task ARequestThatMayNotRunTwiceIsNotRepeated(string method, string? body)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Connections:Lanes", "1"));
        // The second request travels on a connection used before, which is where the transport repeats by itself if it is let.
        await gateway.Client.GetStringAsync("/applications/echo", Cancellation);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/applications/break/1") { Content = body is null ? null : new StringContent(body) };
        using var response = await gateway.Client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("urn:slipway:problem:gateway:broken", await ProblemType(response));
        Assert.Equal(1, backend.State.Runs["1"]);
    }

    [Fact]
    public async Task APostOnAReusedConnectionThatEndsWithoutAWordArrivesOnce()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var arrived = AnswerAllButPosts(listener);
        await using var gateway = await RunningGateway.Start(
            [new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}")], ("Gateway:Connections:Lanes", "1"));
        await gateway.Client.GetStringAsync("/applications", Cancellation);
        // Written by hand because HttpClient would say Content-Length: 0.
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Address.Port, Cancellation);
        await using var stream = client.GetStream();
        await stream.WriteAsync("POST /applications HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancellation);
        Assert.StartsWith("HTTP/1.1 502 ", await new StreamReader(stream).ReadToEndAsync(Cancellation));
        listener.Stop();
        Assert.Equal(1, await arrived);
    }

    [Fact]
    public async Task AnAnswerThatBreaksOffBeforeItWasRelayedRunsAgain()
    {
        await using var backend = await LocalBackend.Start();
        // Held for a second at most, so that the outcome does not depend on the machine's pace.
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Connections:HoldTime", "00:00:01"));
        Assert.Equal("first half, second half", await gateway.Client.GetStringAsync("/applications/half/1", Cancellation));
        Assert.Equal(2, backend.State.Runs["1"]);
    }

    [Fact]
    public async Task AnAnswerThatBreaksOffAfterItWasRelayedIsCutForTheClientToo()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Connections:HoldTime", "00:00:00"));
        await using var body = await gateway.Client.GetStreamAsync("/applications/half/1?told=true", Cancellation);
        var half = new byte["first half, ".Length];
        await body.ReadExactlyAsync(half, Cancellation);
        backend.State.NextEvent.Release();
        await Assert.ThrowsAnyAsync<IOException>(async () => await body.ReadExactlyAsync(half, Cancellation));
        Assert.Equal(1, backend.State.Runs["1"]);
    }

    [Fact]
    public async Task APostToADeadAddressGoesToTheLivingOne()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([DeadAddress(), backend.Address]);
        for (var i = 0; i < 20; i++)
        {
            using var response = await gateway.Client.PostAsync($"/applications/work?id={i}", new StringContent("body"), Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.All(backend.State.Runs, run => Assert.Equal(1, run.Value));
    }

    [Fact]
    public async Task WithoutAttemptsLeftTheFirstFailureIsTheAnswer()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Retries:MaxAttempts", "1"));
        using var response = await gateway.Client.GetAsync("/applications/break/1", Cancellation);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(1, backend.State.Runs["1"]);
    }

    [Fact]
    public async Task AnEmptyBudgetEndsTheRetriesOfAllRequests()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start(
            [backend.Address], ("Gateway:Retries:Budget", "1"), ("Gateway:Retries:BudgetPerAnswer", "0"));
        using var first = await gateway.Client.GetAsync("/applications/break/1", Cancellation);
        using var second = await gateway.Client.GetAsync("/applications/break/2", Cancellation);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadGateway), (first.StatusCode, second.StatusCode));
    }

    /// <summary>Answers each request with an empty 200, but ends the connection in the orderly way when a POST has come.</summary>
    /// <returns>The number of POSTs, once the listener is stopped.</returns>
    private static async Task<int> AnswerAllButPosts(TcpListener listener)
    {
        var posts = 0;
        try
        {
            while (true)
                _ = Serve(await listener.AcceptSocketAsync(Cancellation));
        }
        catch (SocketException)
        {
            return posts;
        }

        async Task Serve(Socket connection)
        {
            using var _ = connection;
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await connection.ReceiveAsync(buffer, Cancellation)) > 0)
            {
                if (buffer.AsSpan(0, read).StartsWith("POST "u8))
                {
                    Interlocked.Increment(ref posts);
                    connection.Shutdown(SocketShutdown.Both);
                    return;
                }

                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Cancellation);
            }
        }
    }

    private static async Task<string?> ProblemType(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonObject>(Cancellation))?["type"]?.GetValue<string>();

    /// <summary>An address that refuses: it was free a moment ago and is listened to by nobody.</summary>
    internal static Uri DeadAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }
}
