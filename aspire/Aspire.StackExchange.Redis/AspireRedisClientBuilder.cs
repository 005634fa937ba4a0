using Microsoft.Extensions.Hosting;

namespace Aspire.StackExchange.Redis;

/// <summary>A registered Redis client, for extensions that add to it.</summary>
/// <param name="hostBuilder">The host that the client was registered with.</param>
/// <param name="settings">The client's settings, already read and configured.</param>
/// <param name="serviceKey">Null when the client is registered without a key.</param>
public class AspireRedisClientBuilder(IHostApplicationBuilder hostBuilder, StackExchangeRedisSettings settings, string? serviceKey)
{
    public IHostApplicationBuilder HostBuilder { get; } = hostBuilder ?? throw new ArgumentNullException(nameof(hostBuilder));

    public StackExchangeRedisSettings Settings { get; } = settings;

    public string? ServiceKey { get; } = serviceKey;
}
