using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Aspire.Npgsql;

/// <summary>The registrations that the package Npgsql.DependencyInjection makes: the data source, connections, and both under their ADO.NET types.</summary>
internal static class NpgsqlServices
{
    public static void Add(IServiceCollection services, string? key, Func<IServiceProvider, NpgsqlDataSource> create)
    {
        services.TryAdd(Describe(key, ServiceLifetime.Singleton, create));
        services.TryAdd(Describe<DbDataSource>(key, ServiceLifetime.Singleton, provider => DataSource(provider, key)));
        services.TryAdd(Describe(key, ServiceLifetime.Transient, provider => DataSource(provider, key).CreateConnection()));
        services.TryAdd(Describe<DbConnection>(key, ServiceLifetime.Transient, provider => DataSource(provider, key).CreateConnection()));
    }

    public static NpgsqlDataSource Build(IServiceProvider services, string connectionString, Action<NpgsqlDataSourceBuilder>? configure)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.UseLoggerFactory(services.GetService<ILoggerFactory>());
        configure?.Invoke(builder);
        return builder.Build();
    }

    public static NpgsqlDataSource DataSource(IServiceProvider services, string? key) =>
        key is null ? services.GetRequiredService<NpgsqlDataSource>() : services.GetRequiredKeyedService<NpgsqlDataSource>(key);

    private static ServiceDescriptor Describe<T>(string? key, ServiceLifetime lifetime, Func<IServiceProvider, T> create)
        where T : class =>
        key is null
            ? new ServiceDescriptor(typeof(T), create, lifetime)
            : new ServiceDescriptor(typeof(T), key, (services, _) => create(services), lifetime);
}
