using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis;

/// <summary>Registers the client itself.</summary>
internal static class RedisConnection
{
    /// <summary>What later versions of the client call themselves by default; 1.2.6 has no name outside Windows, so servers couldn't list it.</summary>
    private static readonly string s_clientName =
        $"{Environment.MachineName}(SE.Redis-v{typeof(ConnectionMultiplexer).Assembly.GetName().Version?.ToString(3)})";

    /// <param name="services">Where to.</param>
    /// <param name="serviceKey">Null registers without a key.</param>
    /// <param name="noEndPoints">The message of the error when the options name no server.</param>
    public static void Add(IServiceCollection services, string? serviceKey, string noEndPoints)
    {
        if (serviceKey is null)
            services.AddSingleton<IConnectionMultiplexer>(provider => Connect(provider, serviceKey, noEndPoints));
        else
            services.AddKeyedSingleton<IConnectionMultiplexer>(serviceKey, (provider, _) => Connect(provider, serviceKey, noEndPoints));
    }

    public static IConnectionMultiplexer Client(IServiceProvider services, string? serviceKey) =>
        serviceKey is null
            ? services.GetRequiredService<IConnectionMultiplexer>()
            : services.GetRequiredKeyedService<IConnectionMultiplexer>(serviceKey);

    /// <summary>
    /// Blocks until connected, or until the options' connect timeout times retries has passed; then the client goes on trying by itself.
    /// </summary>
    private static ConnectionMultiplexer Connect(IServiceProvider services, string? serviceKey, string noEndPoints)
    {
        var options = RedisClientOptions.Get(services, serviceKey);
        if (options.EndPoints.Count == 0)
            throw new InvalidOperationException(noEndPoints);

        options.ClientName ??= s_clientName;
        var connection = ConnectionMultiplexer.Connect(options);
        services.GetService<RedisInstrumentation>()?.Observe(connection);
        return connection;
    }
}
