using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.ServiceDefaults.Health;

namespace Slipway.ServiceDefaults.Tests.Health;

public sealed class HealthDetailsTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task DevelopmentShowsVersionUptimeUsageAndWhatTheServiceAdds()
    {
        await using var service = await TestService.StartAsync(
            builder => builder.Services.AddSingleton<IHealthDetail>(new Pool()), environment: "Development");

        var (response, body) = await service.GetJsonAsync("/health/detailed");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("test-service", body.GetProperty("service").GetString());
        Assert.False(string.IsNullOrEmpty(body.GetProperty("version").GetString()));
        Assert.True(body.GetProperty("uptimeSeconds").GetDouble() > 0);
        Assert.True(body.GetProperty("process").GetProperty("workingSetBytes").GetInt64() > 1_000_000);
        Assert.Equal(3, body.GetProperty("parts").GetProperty("pool").GetProperty("open").GetInt32());
        Assert.Equal("Healthy", body.GetProperty("health").GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(null, Key, HttpStatusCode.Forbidden, "urn:slipway:problem:health:no-key-set")]
    [InlineData(Key, null, HttpStatusCode.Unauthorized, "urn:slipway:problem:health:key-needed")]
    [InlineData(Key, "0123456789abcdef0123456789abcdeX", HttpStatusCode.Unauthorized, "urn:slipway:problem:health:key-needed")]
    [InlineData(Key, "", HttpStatusCode.Unauthorized, "urn:slipway:problem:health:key-needed")]
    [InlineData(Key, Key, HttpStatusCode.OK, null)]
    public async Task ElsewhereItNeedsTheKey(string? set, string? given, HttpStatusCode expected, string? problem)
    {
        await using var service = await TestService.StartAsync(builder => builder.Configuration.AddInMemoryCollection([new("Health:DetailedKey", set)]));
        if (given is not null)
            service.Client.DefaultRequestHeaders.TryAddWithoutValidation("X-Api-Key", given);

        var (response, body) = await service.GetJsonAsync("/health/detailed");

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(problem, body.TryGetProperty("type", out var type) ? type.GetString() : null);
        Assert.Equal(problem is null, body.TryGetProperty("process", out _));
    }

    [Fact]
    public async Task AShortKeyIsRefusedAtTheStart()
    {
        var refused = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => TestService.StartAsync(builder => builder.Configuration.AddInMemoryCollection([new("Health:DetailedKey", "short")])));

        Assert.Contains("DetailedKey", refused.Message, StringComparison.Ordinal);
    }

    private sealed class Pool : IHealthDetail
    {
        public string Name => "pool";

        public object Read() => new { Open = 3 };
    }
}
