using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Api.Tests;
using Slipway.Gateway.Tests.Harness;
using Slipway.Hostile.Tests.Harness;
using StackExchange.Redis;

namespace Slipway.Hostile.Tests.Owasp;

/// <summary>API10:2023. What others answer is not believed: Redis, destinations; signing keys in Api.Tests/Access/SigningKeysTests.</summary>
public sealed class Api10UnsafeConsumptionTests(WholeService service) : IClassFixture<WholeService>
{
    [Fact]
    public async Task NothingThatStandsInRedisBreaksARequestOrReachesAClient()
    {
        // One that keeps nothing in its own memory.
        await using var api = await Replica.StartAsync("b", service.Database, service.Redis.ConnectionString, "--Database:StaleBytes=0");
        await using var gateway = await RunningGateway.Start([api.Client.BaseAddress!]);
        await gateway.PostAsync(Requests.FirstKey, "/applications", new { name = "cached" });
        await gateway.PostAsync(Requests.FirstKey, "/applications/cached/releases", Requests.Release("1"));
        string[] paths = ["/applications/cached", "/applications/cached/releases", "/applications/cached/releases/1"];
        var sound = new Dictionary<string, string>();
        foreach (var path in paths)
            sound[path] = (await gateway.GetAsync(Requests.FirstKey, path)).Raw;
        using var redis = await ConnectAsync();
        var poisons = new Func<IDatabase, RedisKey, Task>[]
        {
            static (database, key) => database.StringSetAsync(key, "<script>poison</script>"),
            static (database, key) => database.StringSetAsync(key, Array.Empty<byte>()),
            static (database, key) => database.StringSetAsync(key, Enumerable.Repeat((byte)0xff, 24).ToArray()),
            static (database, key) => database.StringSetAsync(key, new byte[2_000_000]),
            static (database, key) => database.ListLeftPushAsync(key, "poison"),
            static (database, key) => database.HashSetAsync(key, "poison", "x"),
        };

        foreach (var poison in poisons)
        {
            Assert.NotEmpty(await PoisonAsync(redis, poison));
            foreach (var path in paths)
            {
                var answer = await gateway.GetAsync(Requests.FirstKey, path);
                Assert.Equal((HttpStatusCode.OK, sound[path]), (answer.Status, answer.Raw));
            }
        }
    }

    [Theory]
    [InlineData("garbage\r\n\r\n")]
    [InlineData("HTTP/1.1 999999 x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("")]
    [InlineData(null)]
    public async Task ADestinationThatAnswersNonsenseIsAProblemAndNothingOfItIsPassedOn(string? answer)
    {
        await using var destination = new NonsenseServer(answer ?? $"HTTP/1.1 200 OK\r\nX-Endless: {new string('e', 1_000_000)}\r\n\r\n");
        await using var gateway = await RunningGateway.Start([destination.Address], ("Gateway:Retries:MaxAttempts", "1"));
        using var raw = new RawConnection(gateway.Address, TimeSpan.FromSeconds(20));
        RawAnswer? got = null;
        try
        {
            got = raw.Exchange("GET /applications HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), isHead: false, ends: false, keeps: false);
        }
        catch (BadAnswerException)
        {
            // Its head was good and had gone out: then the answer breaks off.
            Assert.Contains("chunked", answer, StringComparison.Ordinal);
            return;
        }

        // Where the nonsense came on a new connection that was tried first, nothing was sent on it.
        Assert.Contains(got.Status, (int[])[502, 503]);
        Assert.Contains(got.Status == 502 ? "urn:slipway:problem:gateway:broken" : "urn:slipway:problem:gateway:unreachable", got.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("garbage", got.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", got.Text, StringComparison.Ordinal);
    }

    private async Task<ConnectionMultiplexer> ConnectAsync() =>
        (ConnectionMultiplexer)await ConnectionMultiplexer.ConnectAsync($"{service.Redis.ConnectionString},allowAdmin=true");

    private async Task<IReadOnlyList<RedisKey>> PoisonAsync(ConnectionMultiplexer redis, Func<IDatabase, RedisKey, Task> poison)
    {
        var database = redis.GetDatabase();
        var keys = redis.GetServer(service.Redis.ConnectionString).Keys().ToArray();
        foreach (var key in keys)
        {
            await database.KeyDeleteAsync(key);
            await poison(database, key);
        }

        return keys;
    }

    /// <summary>Says the same to whoever connects, whatever he asks, and hangs up.</summary>
    private sealed class NonsenseServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly byte[] _answer;
        private readonly Task _serving;

        public NonsenseServer(string answer)
        {
            _answer = Encoding.ASCII.GetBytes(answer);
            _listener.Start();
            _serving = ServeAsync();
        }

        public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await _serving;
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                try
                {
                    using var client = await _listener.AcceptSocketAsync();
                    await client.ReceiveAsync(new byte[16 * 1024]);
                    await client.SendAsync(_answer);
                    client.Shutdown(SocketShutdown.Send);
                    await client.ReceiveAsync(new byte[1]);
                }
                catch (SocketException) when (_listener.Server.IsBound)
                {
                    // He has left first.
                }
                catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }
}
