using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Redis;

namespace Aspire.Hosting;

public static partial class RedisBuilderExtensions
{
    /// <summary>The Redis Commander web interface for every server of the application; not in the manifest.</summary>
    /// <param name="configureContainer">Null: nothing more to set.</param>
    /// <param name="containerName">Null: <c>rediscommander</c>.</param>
    public static IResourceBuilder<RedisResource> WithRedisCommander(
        this IResourceBuilder<RedisResource> builder,
        Action<IResourceBuilder<RedisCommanderResource>>? configureContainer = null,
        string? containerName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var application = builder.ApplicationBuilder;
        if (application.Resources.OfType<RedisCommanderResource>().SingleOrDefault() is { } existing)
        {
            configureContainer?.Invoke(application.CreateResourceBuilder(existing));
            return builder;
        }

        var tool = application.AddResource(new RedisCommanderResource(containerName ?? "rediscommander"))
            .WithImage(RedisContainerImageTags.RedisCommanderImage, RedisContainerImageTags.RedisCommanderTag)
            .WithImageRegistry(RedisContainerImageTags.RedisCommanderRegistry)
            .WithHttpEndpoint(targetPort: 8081, name: "http")
            .ExcludeFromManifest();
        application.Eventing.Subscribe<BeforeResourceStartedEvent>(tool.Resource, async (_, cancellationToken) =>
        {
            var hosts = await CommanderHostsAsync(application.Resources.OfType<RedisResource>(), cancellationToken);
            if (hosts.Length > 0)
            {
                tool.WithEnvironment("REDIS_HOSTS", hosts);
            }
        });
        configureContainer?.Invoke(tool);
        tool.WithRelationship(builder.Resource, "RedisCommander");
        return builder;
    }

    /// <summary>The Redis Insight web interface for every server of the application; not in the manifest.</summary>
    /// <param name="configureContainer">Null: nothing more to set.</param>
    /// <param name="containerName">Null: <c>redisinsight</c>.</param>
    public static IResourceBuilder<RedisResource> WithRedisInsight(
        this IResourceBuilder<RedisResource> builder,
        Action<IResourceBuilder<RedisInsightResource>>? configureContainer = null,
        string? containerName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var application = builder.ApplicationBuilder;
        if (application.Resources.OfType<RedisInsightResource>().SingleOrDefault() is { } existing)
        {
            configureContainer?.Invoke(application.CreateResourceBuilder(existing));
            return builder;
        }

        var tool = application.AddResource(new RedisInsightResource(containerName ?? "redisinsight"))
            .WithImage(RedisContainerImageTags.RedisInsightImage, RedisContainerImageTags.RedisInsightTag)
            .WithImageRegistry(RedisContainerImageTags.RedisInsightRegistry)
            .WithHttpEndpoint(targetPort: 5540, name: "http")
            .WithEnvironment(context => SetInsightServers(context, application.Resources.OfType<RedisResource>()))
            .WithRelationship(builder.Resource, "RedisInsight")
            .ExcludeFromManifest();
        configureContainer?.Invoke(tool);
        return builder;
    }

    /// <param name="port">Null: chosen at start.</param>
    public static IResourceBuilder<RedisCommanderResource> WithHostPort(this IResourceBuilder<RedisCommanderResource> builder, int? port)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithEndpoint("http", endpoint => endpoint.Port = port);
    }

    /// <param name="port">Null: chosen at start.</param>
    public static IResourceBuilder<RedisInsightResource> WithHostPort(this IResourceBuilder<RedisInsightResource> builder, int? port)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithEndpoint("http", endpoint => endpoint.Port = port);
    }

    /// <param name="name">Null: from the application's and the resource's name.</param>
    public static IResourceBuilder<RedisInsightResource> WithDataVolume(this IResourceBuilder<RedisInsightResource> builder, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithVolume(name ?? VolumeNameGenerator.Generate(builder, "data"), "/data");
    }

    /// <param name="source">Relative to the AppHost's folder.</param>
    public static IResourceBuilder<RedisInsightResource> WithDataBindMount(this IResourceBuilder<RedisInsightResource> builder, string source)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(source);
        return builder.WithBindMount(source, "/data");
    }

    /// <summary><c>label:host:port:database[:password]</c> per server, separated by commas; hosts are names on the container network.</summary>
    internal static async Task<string> CommanderHostsAsync(IEnumerable<RedisResource> servers, CancellationToken cancellationToken)
    {
        var hosts = new StringBuilder();
        foreach (var redis in servers)
        {
            hosts.Append(hosts.Length > 0 ? "," : string.Empty)
                .Append(redis.Name).Append(':').Append(redis.Name).Append(':').Append(redis.PrimaryEndpoint.TargetPort).Append(":0");
            if (redis.PasswordParameter is { } parameter)
            {
                hosts.Append(':').Append(await parameter.GetValueAsync(cancellationToken));
            }
        }

        return hosts.ToString();
    }

    private static void SetInsightServers(EnvironmentCallbackContext context, IEnumerable<RedisResource> servers)
    {
        var number = 0;
        foreach (var redis in servers)
        {
            number++;
            context.EnvironmentVariables[$"RI_REDIS_HOST{number}"] = redis.Host;
            context.EnvironmentVariables[$"RI_REDIS_PORT{number}"] = (redis.PrimaryEndpoint.TargetPort ?? 6379).ToInvariant();
            context.EnvironmentVariables[$"RI_REDIS_ALIAS{number}"] = redis.Name;
            if (redis.TlsEnabled)
            {
                context.EnvironmentVariables[$"RI_REDIS_TLS{number}"] = "true";
            }

            if (redis.PasswordParameter is { } password)
            {
                context.EnvironmentVariables[$"RI_REDIS_PASSWORD{number}"] = password;
            }
        }
    }
}
