using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis;

/// <summary>
/// Registers <see cref="ConfigurationOptions"/> as named options that begin as the parsed connection string, so that anybody may still configure,
/// post-configure or validate them.
/// </summary>
internal static class RedisClientOptions
{
    public static void Add(
        IServiceCollection services,
        string? serviceKey,
        StackExchangeRedisSettings settings,
        Action<ConfigurationOptions> configure)
    {
        services.AddKeyedSingleton(NameOf(serviceKey), new Source(settings));
        services.TryAddTransient<IOptionsFactory<ConfigurationOptions>, Factory>();
        services.Configure(NameOf(serviceKey), configure);
    }

    public static ConfigurationOptions Get(IServiceProvider services, string? serviceKey) =>
        services.GetRequiredService<IOptionsMonitor<ConfigurationOptions>>().Get(NameOf(serviceKey));

    private static string NameOf(string? serviceKey) => serviceKey ?? Options.DefaultName;

    /// <summary>The settings of one client; a type of our own, because the public one may be registered by anybody.</summary>
    private sealed record Source(StackExchangeRedisSettings Settings);

    private sealed class Factory(
        IServiceProvider services,
        IEnumerable<IConfigureOptions<ConfigurationOptions>> configure,
        IEnumerable<IPostConfigureOptions<ConfigurationOptions>> postConfigure,
        IEnumerable<IValidateOptions<ConfigurationOptions>> validate)
        : OptionsFactory<ConfigurationOptions>(configure, postConfigure, validate)
    {
        protected override ConfigurationOptions CreateInstance(string name)
        {
            var connectionString = services.GetKeyedService<Source>(name)?.Settings.ConnectionString;
            var options = connectionString is null ? new ConfigurationOptions() : ConfigurationOptions.Parse(connectionString);
            // A server that is down at the first use is retried in the background, unless the connection string says otherwise.
            if (!MentionsAbort(connectionString))
                options.AbortOnConnectFail = false;
            return options;
        }

        private static bool MentionsAbort(string? connectionString) =>
            connectionString?.Split(',').Any(part => part.TrimStart().StartsWith("abortConnect", StringComparison.OrdinalIgnoreCase)) == true;
    }
}
