using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Slipway.Aspire.Clients.Tests.Redis;

public sealed class RedisClientTests(RedisServer redis)
{
    [Fact]
    public async Task AClientThatConnectedToNothingWorksOnceTheServerIsThere()
    {
        redis.SkipWhenAbsent();
        await using var server = new RedisServer();
        var builder = TestHost.Builder(("ConnectionStrings:cache", server.ConnectionString + ",connectTimeout=300"));
        builder.AddRedisClient("cache");
        using var host = await TestHost.StartAsync(builder);
        var client = host.Services.GetRequiredService<IConnectionMultiplexer>();
        Assert.False(client.IsConnected);

        await server.InitializeAsync();

        await LocalServer.WaitUntilAsync(null, async () => await client.GetDatabase().StringSetAsync("k", "v"));
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task AServerThatStopsAnsweringIsUnhealthyInBoundedTime()
    {
        redis.SkipWhenAbsent();
        await using var server = new RedisServer();
        await server.InitializeAsync();
        var builder = TestHost.Builder(("ConnectionStrings:cache", server.ConnectionString));
        builder.AddRedisClient("cache");
        using var host = await TestHost.StartAsync(builder);
        Assert.Equal(HealthStatus.Healthy, (await host.CheckHealthAsync()).Status);

        await server.FreezeAsync();
        var entry = (await host.CheckHealthAsync()).Entries["StackExchange.Redis"];
        await server.ThawAsync();

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.NotNull(entry.Exception);
    }

    [Fact]
    public void Options_FromTheConnectionStringSectionsAndDelegate_TheLaterWins()
    {
        var builder = TestHost.Builder(
            ("ConnectionStrings:cache", "10.0.0.1:1,connectTimeout=111,syncTimeout=222,password=p"),
            ("Aspire:StackExchange:Redis:ConfigurationOptions:ConnectTimeout", "333"),
            ("Aspire:StackExchange:Redis:ConfigurationOptions:ConnectRetry", "4"),
            ("Aspire:StackExchange:Redis:cache:ConfigurationOptions:ConnectRetry", "5"));
        builder.AddRedisClient("cache", configureOptions: options => options.KeepAlive = 6);
        using var services = builder.Services.BuildServiceProvider();

        var options = services.GetRequiredService<IOptions<ConfigurationOptions>>().Value;

        Assert.Equal((333, 222, 5, 6, "p"), (options.ConnectTimeout, options.SyncTimeout, options.ConnectRetry, options.KeepAlive, options.Password));
        Assert.False(options.AbortOnConnectFail);
    }

    [Theory]
    [InlineData("10.0.0.1:1", false)]
    [InlineData("10.0.0.1:1,abortConnect=true", true)]
    [InlineData("10.0.0.1:1, abortConnect=false", false)]
    public void AbortOnConnectFail_UnlessTheConnectionStringSaysSo_IsFalse(string connectionString, bool expected)
    {
        var builder = TestHost.Builder(("ConnectionStrings:cache", connectionString));
        builder.AddKeyedRedisClient("cache");
        using var services = builder.Services.BuildServiceProvider();

        Assert.Equal(expected, services.GetRequiredService<IOptionsMonitor<ConfigurationOptions>>().Get("cache").AbortOnConnectFail);
    }

    [Fact]
    public async Task AutoActivationConnectsAtTheStartAndReportsWhatIsMissing()
    {
        var builder = TestHost.Builder(("Aspire:StackExchange:Redis:DisableAutoActivation", "false"));
        builder.AddRedisClient("absent");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestHost.StartAsync(builder));
        Assert.Contains("'ConnectionStrings:absent'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddRedisClientBuilder_GivesTheSettingsAndTheKey()
    {
        var builder = TestHost.Builder(("ConnectionStrings:cache", "10.0.0.1:1"));
        var plain = builder.AddRedisClientBuilder("cache");
        var keyed = builder.AddKeyedRedisClientBuilder("cache");

        Assert.Same(builder, plain.HostBuilder);
        Assert.Equal("10.0.0.1:1", plain.Settings.ConnectionString);
        Assert.Null(plain.ServiceKey);
        Assert.Equal("cache", keyed.ServiceKey);
    }
}
