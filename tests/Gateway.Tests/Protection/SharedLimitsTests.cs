using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Gateway.Protection.Rates;
using Slipway.Gateway.Tests.Harness;
using Slipway.TestKit;
using StackExchange.Redis;

namespace Slipway.Gateway.Tests.Protection;

/// <summary>Limits that several Gateways count together in a real Redis, and what becomes of them without it.</summary>
public sealed class SharedLimitsTests : IAsyncLifetime
{
    private readonly RedisServer _redis = new();
    private LocalBackend _backend = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _redis.InitializeAsync();
        _backend = await LocalBackend.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _backend.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task TwoGatewaysGrantOneLimitTogether()
    {
        await using var a = await StartAsync(("Gateway:Limits:Address:PerHour", "20"));
        await using var b = await StartAsync(("Gateway:Limits:Address:PerHour", "20"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => StatusAsync(i % 2 == 0 ? a : b)));

        Assert.Equal(20, answers.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(40, answers.Count(status => status == HttpStatusCode.TooManyRequests));
        Assert.Equal(20, Allowed(a, "shared") + Allowed(b, "shared"));
        Assert.Equal(0, Allowed(a, "local") + Allowed(b, "local"));
    }

    [Fact]
    public async Task ARefusalByOneLimitUsesNothingOfTheOthers()
    {
        await using var gateway = await StartAsync(
            ("Gateway:Limits:Address:PerHour", "100"),
            ("Gateway:Limits:Routes:0:Name", "who"), ("Gateway:Limits:Routes:0:Path", "/applications/who"), ("Gateway:Limits:Routes:0:PerHour", "2"));

        for (var i = 0; i < 10; i++)
        {
            using var limited = await gateway.Client.GetAsync("/applications/who", Cancellation);
            Assert.Equal(i < 2 ? HttpStatusCode.OK : HttpStatusCode.TooManyRequests, limited.StatusCode);
        }

        using var other = await gateway.Client.GetAsync("/applications/echo", Cancellation);
        Assert.Equal("\"address-minute\";q=6000000;w=60, \"address-hour\";q=100;w=3600", Header(other, "RateLimit-Policy"));
        Assert.Contains("\"address-hour\";r=97;t=3492", Header(other, "RateLimit"));
    }

    [Fact]
    public async Task ARouteCountedTogetherIsOneLimitForAllClients()
    {
        (string, string)[] settings =
        [
            ("Gateway:ForwardedHeaders:TrustedProxies:0", "127.0.0.1"),
            ("Gateway:Limits:Routes:0:Name", "who"), ("Gateway:Limits:Routes:0:Path", "/applications/who"), ("Gateway:Limits:Routes:0:PerHour", "3"),
            ("Gateway:Limits:Routes:0:Methods:0", "GET"), ("Gateway:Limits:Routes:0:Together", "true"),
        ];
        await using var gateway = await StartAsync(settings);

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 5; i++)
            statuses.Add(await StatusAsync(gateway, from: $"192.0.2.{i}"));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests], statuses);
        using var post = await gateway.Client.PostAsync("/applications/who", null, Cancellation);
        Assert.Equal(HttpStatusCode.OK, post.StatusCode);
    }

    [Fact]
    public async Task ARefusalSaysWhichLimitAndHowLongToWait()
    {
        await using var gateway = await StartAsync(("Gateway:Limits:Address:PerMinute", "60"), ("Gateway:Limits:Address:PerHour", "1"));
        await StatusAsync(gateway);

        using var refused = await gateway.Client.GetAsync("/applications/who", Cancellation);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("\"address-minute\";q=60;w=60, \"address-hour\";q=1;w=3600", Header(refused, "RateLimit-Policy"));
        var wait = refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds;
        Assert.InRange(wait, 3500, 3600);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"\"address-hour\";r=0;t={wait}"), Header(refused, "RateLimit"));
        var problem = await refused.Content.ReadFromJsonAsync<JsonObject>(Cancellation);
        Assert.Equal("urn:slipway:problem:gateway:too-many-requests", problem!["type"]!.GetValue<string>());
        Assert.Equal("address-hour", Assert.Single(problem["violated-policies"]!.AsArray())!.GetValue<string>());
        Assert.Equal(1, gateway.Counted("slipway.gateway.limits.decisions", ("slipway.limit", "address-hour"), ("slipway.outcome", "refused")));
    }

    [Fact]
    public async Task AFloodOfRefusedRequestsIsNotOneAtRedis()
    {
        await using var gateway = await StartAsync(("Gateway:Limits:Address:PerHour", "1"));
        for (var i = 0; i < 200; i++)
            await StatusAsync(gateway);

        Assert.Equal(1, Allowed(gateway, "shared"));
        var remembered = gateway.Counted("slipway.gateway.limits.decisions", ("slipway.outcome", "refused"), ("slipway.decided_by", "remembered"));
        var asked = gateway.Counted("slipway.gateway.limits.decisions", ("slipway.outcome", "refused"), ("slipway.decided_by", "shared"));
        Assert.Equal(199, remembered + asked);
        // One a second at most: even a slow machine does not need as many seconds as there were requests.
        Assert.True(asked < remembered, $"{asked} of 199 refusals asked Redis.");
    }

    [Fact]
    public async Task ABusyClientIsServedFromLeasesAndTheGatewaysTogetherStillGrantNoMoreThanTheLimit()
    {
        (string, string)[] settings = [("Gateway:Limits:Address:PerHour", "1500"), ("Gateway:Limits:Address:PerMinute", "1000000")];
        await using var a = await StartAsync(settings);
        await using var b = await StartAsync(settings);
        var began = TimeProvider.System.GetTimestamp();

        var granted = await Task.WhenAll(Enumerable.Range(0, 16).Select(n => GrantedAsync(n % 2 == 0 ? a : b, 150)));

        // Each Gateway may hold a lease of a hundredth when the limit is met; time gives one back every 2.4 seconds.
        var back = (int)(TimeProvider.System.GetElapsedTime(began).TotalSeconds / 2.4) + 1;
        Assert.InRange(granted.Sum(), 1500 - 2 * 15, 1500 + back);
        Assert.Equal(granted.Sum(), Allowed(a, "shared") + Allowed(b, "shared") + Allowed(a, "lease") + Allowed(b, "lease"));
        Assert.True(Allowed(a, "lease") + Allowed(b, "lease") > 0);
    }

    [Fact]
    public async Task RedisHoldsNamesWithAnEndAndNoSecret()
    {
        const string Secret = "abc123.0123456789abcdef0123456789abcdef";
        _backend.State.Keys[Secret] = "key:abc123";
        await using var gateway = await StartAsync(("Gateway:Limits:Address:PerHour", "10"), ("Gateway:Limits:Client:PerHour", "10"));
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, key: Secret));

        using var redis = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString + ",allowAdmin=true");
        var keys = redis.GetServer(_redis.ConnectionString).Keys().Select(key => (string)key!).ToList();
        Assert.Contains("{slipway:limits}:key:abc123:client-hour", keys);
        Assert.Contains("{slipway:limits}:address:127.0.0.1:address-hour", keys);
        Assert.DoesNotContain(keys, key => key.Contains("0123456789", StringComparison.Ordinal));
        foreach (var key in keys.Where(key => key.EndsWith("-hour", StringComparison.Ordinal)))
        {
            Assert.Matches("^[0-9]{16}$", (string)redis.GetDatabase().StringGet(key)!);
            Assert.InRange(redis.GetDatabase().KeyTimeToLive(key)!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(18));
        }
    }

    [Fact]
    public async Task AFlushedScriptIsPutBack()
    {
        await using var gateway = await StartAsync(("Gateway:Limits:Address:PerHour", "5"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
        using var redis = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString + ",allowAdmin=true");
        await redis.GetServer(_redis.ConnectionString).ScriptFlushAsync();

        for (var i = 0; i < 5; i++)
            Assert.Equal(i < 4 ? HttpStatusCode.OK : HttpStatusCode.TooManyRequests, await StatusAsync(gateway));
        Assert.Equal(5, Allowed(gateway, "shared"));
        Assert.Equal(0, gateway.Counted("slipway.gateway.limits.shared_failures"));
    }

    [Fact]
    public async Task WhenRedisIsKilledEachGatewayCountsOnFromWhereItWasAndReturnsByItself()
    {
        await using var gateway = await StartAsync(("Gateway:Limits:Address:PerHour", "10"));
        for (var i = 0; i < 4; i++)
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
        Assert.Equal("Healthy", await HealthAsync(gateway));

        await _redis.KillAsync();
        for (var i = 0; i < 6; i++)
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(gateway));
        Assert.Equal((4, 6), (Allowed(gateway, "shared"), Allowed(gateway, "local")));
        await Wait.Until(async () => await HealthAsync(gateway) == "Degraded", "health says that the limits are degraded");

        await _redis.StartAsync();
        await UntilShared(gateway);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
        Assert.Equal(5, Allowed(gateway, "shared"));
        await Wait.Until(async () => await HealthAsync(gateway) == "Healthy", "health says that Redis is back");
    }

    [Fact]
    public async Task ARedisThatHangsCostsOneRequestATimeoutAndTheOthersNothing()
    {
        await using var gateway = await StartAsync(("Gateway:Limits:Address:PerHour", "1000"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));

        _redis.Pause();
        for (var i = 0; i < 50; i++)
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
        Assert.Equal(1, gateway.Counted("slipway.gateway.limits.shared_failures"));
        Assert.Equal(50, Allowed(gateway, "local"));

        _redis.Resume();
        await UntilShared(gateway);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
        Assert.Equal(2, Allowed(gateway, "shared"));
    }

    [Fact]
    public async Task AGatewayStartsWithoutRedisAndFindsItLater()
    {
        await _redis.KillAsync();
        await using var gateway = await RunningGateway.Start([_backend.Address], [.. Settings(), ("Gateway:Limits:Address:PerHour", "2")]);
        HttpStatusCode[] expected = [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests];
        foreach (var status in expected)
            Assert.Equal(status, await StatusAsync(gateway));
        Assert.Equal("Degraded", await HealthAsync(gateway));

        await _redis.StartAsync();
        await UntilShared(gateway);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway));
    }

    private async Task<RunningGateway> StartAsync(params (string Key, string Value)[] settings)
    {
        var gateway = await RunningGateway.Start([_backend.Address], [.. Settings(), .. settings]);
        await UntilShared(gateway);
        return gateway;
    }

    private (string, string)[] Settings() =>
        [("ConnectionStrings:cache", _redis.ConnectionString), ("Gateway:Limits:Shared:ProbeInterval", "00:00:00.050"), ("Gateway:Limits:Shared:Timeout", "00:00:01")];

    private static Task UntilShared(RunningGateway gateway)
    {
        var shared = (SharedLimits)gateway.Services.GetService(typeof(SharedLimits))!;
        return Wait.Until(() => shared.State == SharedState.Answers, "Redis answers the Gateway");
    }

    private static async Task<int> GrantedAsync(RunningGateway gateway, int requests)
    {
        var granted = 0;
        for (var i = 0; i < requests; i++)
            granted += await StatusAsync(gateway) == HttpStatusCode.OK ? 1 : 0;
        return granted;
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningGateway gateway, string? key = null, string? from = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/applications/who");
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        if (from is not null)
            request.Headers.Add("X-Forwarded-For", from);
        using var response = await gateway.Client.SendAsync(request, Cancellation);
        return response.StatusCode;
    }

    private static async Task<string> HealthAsync(RunningGateway gateway)
    {
        var health = await gateway.Client.GetFromJsonAsync<JsonNode>("/health", Cancellation);
        return health!["checks"]!["limits"]!["status"]!.GetValue<string>();
    }

    private static long Allowed(RunningGateway gateway, string by) =>
        gateway.Counted("slipway.gateway.limits.decisions", ("slipway.outcome", "allowed"), ("slipway.decided_by", by));

    private static string Header(HttpResponseMessage response, string name) => string.Join(", ", response.Headers.GetValues(name));
}
