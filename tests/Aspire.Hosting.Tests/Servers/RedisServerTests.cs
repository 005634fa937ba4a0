using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.Redis;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.TestKit;

namespace Aspire.Hosting.Tests.Servers;

/// <summary>Health of a Redis resource against a real server.</summary>
public sealed class RedisServerTests : IAsyncLifetime
{
    private readonly RedisServer _redis = new();
    private readonly ServerModel _model = new();

    private int Port => int.Parse(_redis.ConnectionString.Split(':')[1], CultureInfo.InvariantCulture);

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _model.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Check_ServerWithoutPassword_IsHealthy() => Assert.Equal(HealthStatus.Healthy, (await CheckAsync(password: null)).Status);

    [Fact]
    public async Task Check_RightPassword_IsHealthy()
    {
        await RequirePasswordAsync("s3cret ä");
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync("s3cret ä")).Status);
    }

    [Theory]
    [InlineData("wrong", "WRONGPASS")]
    [InlineData(null, "NOAUTH")]
    public async Task Check_PasswordDoesNotFit_IsUnhealthyWithTheServersAnswer(string? password, string answer)
    {
        await RequirePasswordAsync("right");
        var entry = await CheckAsync(password);
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains(answer, entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NobodyListens_IsUnhealthy()
    {
        await _redis.KillAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(password: null)).Status);
    }

    [Fact]
    public async Task Check_ServerHangs_EndsAtItsLimit()
    {
        _redis.Pause();
        var clock = new ExpiringClock();
        var check = new RedisHealthCheck(() => _redis.ConnectionString, clock);
        var registration = new HealthCheckRegistration("cache_check", check, HealthStatus.Unhealthy, tags: null);
        var pending = check.CheckHealthAsync(new HealthCheckContext { Registration = registration }, TestContext.Current.CancellationToken);
        clock.Expire();
        Assert.Equal("No answer within 5 s.", (await pending).Description);
    }

    [Theory]
    [InlineData("localhost:1234,password=a=b,ssl=true", "localhost", 1234, "a=b", true)]
    [InlineData("cache", "cache", 6379, null, false)]
    [InlineData("cache,ssl=True", "cache", 6380, null, true)]
    [InlineData("[::1]:7000,password=", "::1", 7000, null, false)]
    public void Address_OfAConnectionString_IsItsFirstServer(string text, string host, int port, string? password, bool tls)
    {
        var address = RedisAddress.Parse(text);
        Assert.Equal((host, port, password, tls), (address.Host, address.Port, address.Password, address.Tls));
    }

    [Theory]
    [InlineData("")]
    [InlineData("password=x")]
    [InlineData("host:99999")]
    [InlineData("host:http")]
    public void Address_Unusable_IsRefused(string text) => Assert.Throws<FormatException>(() => RedisAddress.Parse(text));

    private async Task<HealthReportEntry> CheckAsync(string? password)
    {
        var redis = _model.Builder.AddRedis("cache").WithPassword(password is null ? null : _model.Secret("cache-secret", password));
        ServerModel.Allocate(redis.Resource, Port);
        await _model.AnnounceAsync(redis.Resource);
        return await _model.CheckAsync("cache_check");
    }

    private async Task RequirePasswordAsync(string password)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"CONFIG SET requirepass \"{password}\"\r\n"), TestContext.Current.CancellationToken);
        var answer = new byte[5];
        await client.GetStream().ReadExactlyAsync(answer, TestContext.Current.CancellationToken);
        Assert.Equal("+OK\r\n", Encoding.ASCII.GetString(answer));
    }

    /// <summary>Timers that go off when the test says so.</summary>
    private sealed class ExpiringClock : TimeProvider
    {
        private readonly List<(TimerCallback Callback, object? State)> _timers = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Add((callback, state));
            return new NoTimer();
        }

        public void Expire() => _timers.ForEach(t => t.Callback(t.State));

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
