using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Redis;

namespace Aspire.Hosting;

/// <summary>Adds Redis servers to an application.</summary>
public static partial class RedisBuilderExtensions
{
    /// <summary>Seconds between snapshots where persistence is on and nothing else is said.</summary>
    private const int DefaultSaveSeconds = 60;

    /// <inheritdoc cref="AddRedis(IDistributedApplicationBuilder, string, int?, IResourceBuilder{ParameterResource}?)"/>
    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port) =>
        builder.AddRedis(name, port, password: null);

    /// <summary>A server in a container, healthy when it answers PING.</summary>
    /// <param name="port">Public port; null: chosen at start.</param>
    /// <param name="password">Null: generated, without special characters (a comma would end it in the connection string), and kept in the user secrets.</param>
    public static IResourceBuilder<RedisResource> AddRedis(
        this IDistributedApplicationBuilder builder,
        string name,
        int? port = null,
        IResourceBuilder<ParameterResource>? password = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        var passwordParameter = password?.Resource
            ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password", special: false);
        var redis = new RedisResource(name, passwordParameter);
        string? connectionString = null;
        builder.Eventing.Subscribe<ConnectionStringAvailableEvent>(redis, async (_, cancellationToken) =>
            connectionString = await redis.GetConnectionStringAsync(cancellationToken) ?? throw new DistributedApplicationException(
                $"ConnectionStringAvailableEvent was published for the '{name}' resource but the connection string was null."));
        var healthCheck = $"{name}_check";
        RedisHealthCheck.Register(builder.Services, healthCheck, () => connectionString);
        return builder.AddResource(redis)
            .WithEndpoint(port: port, targetPort: 6379, name: RedisResource.PrimaryEndpointName, scheme: RedisResource.Scheme)
            .WithImage(RedisContainerImageTags.Image, RedisContainerImageTags.Tag)
            .WithImageRegistry(RedisContainerImageTags.Registry)
            .WithIconName("Database")
            .WithHealthCheck(healthCheck)
            .WithEntrypoint("/bin/sh")
            .WithEnvironment(context =>
            {
                if (redis.PasswordParameter is { } secret)
                {
                    context.EnvironmentVariables["REDIS_PASSWORD"] = secret;
                }
            })
            .WithArgs(context => AddArguments(context, redis));
    }

    /// <summary>A volume for the data; switches snapshots on unless it is read-only.</summary>
    /// <param name="name">Null: from the application's and the resource's name.</param>
    public static IResourceBuilder<RedisResource> WithDataVolume(this IResourceBuilder<RedisResource> builder, string? name = null, bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.WithVolume(name ?? VolumeNameGenerator.Generate(builder, "data"), "/data", isReadOnly);
        return isReadOnly ? builder : builder.WithPersistence();
    }

    /// <summary>A folder of the host for the data; switches snapshots on unless it is read-only.</summary>
    /// <param name="source">Relative to the AppHost's folder.</param>
    public static IResourceBuilder<RedisResource> WithDataBindMount(this IResourceBuilder<RedisResource> builder, string source, bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(source);
        builder.WithBindMount(source, "/data", isReadOnly);
        return isReadOnly ? builder : builder.WithPersistence();
    }

    /// <summary>When snapshots are written; the last call counts.</summary>
    /// <param name="interval">Null: 60 seconds.</param>
    /// <param name="keysChangedThreshold">Changes within the interval that it takes.</param>
    public static IResourceBuilder<RedisResource> WithPersistence(
        this IResourceBuilder<RedisResource> builder,
        TimeSpan? interval = null,
        long keysChangedThreshold = 1)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new PersistenceAnnotation(interval, keysChangedThreshold), ResourceAnnotationMutationBehavior.Replace);
    }

    /// <param name="password">Null: no password.</param>
    public static IResourceBuilder<RedisResource> WithPassword(this IResourceBuilder<RedisResource> builder, IResourceBuilder<ParameterResource>? password)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.SetPassword(password?.Resource);
        return builder;
    }

    /// <param name="port">Null: chosen at start.</param>
    public static IResourceBuilder<RedisResource> WithHostPort(this IResourceBuilder<RedisResource> builder, int? port)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithEndpoint(RedisResource.PrimaryEndpointName, endpoint => endpoint.Port = port);
    }

    /// <summary>
    /// The server's command line. In run mode it is a list, which the orchestrator hands to the shell as one line; the manifest gets that line.
    /// The password stays a variable of the shell, so that it is on no command line.
    /// </summary>
    private static void AddArguments(CommandLineArgsCallbackContext context, RedisResource redis)
    {
        List<string> command = ["redis-server"];
        if (redis.PasswordParameter is not null)
        {
            command.AddRange(["--requirepass", "$REDIS_PASSWORD"]);
        }

        if (redis.TryGetLastAnnotation<PersistenceAnnotation>(out var persistence))
        {
            var seconds = (persistence.Interval ?? TimeSpan.FromSeconds(DefaultSaveSeconds)).TotalSeconds;
            command.AddRange([
                "--save",
                seconds.ToString(CultureInfo.InvariantCulture),
                persistence.KeysChangedThreshold.ToString(CultureInfo.InvariantCulture),
            ]);
        }

        if (context.ExecutionContext.IsRunMode)
        {
            foreach (var argument in command)
            {
                context.Args.Add(argument);
            }

            return;
        }

        context.Args.Add("-c");
        context.Args.Add(string.Join(' ', command));
    }

    private sealed class PersistenceAnnotation(TimeSpan? interval, long keysChangedThreshold) : IResourceAnnotation
    {
        public TimeSpan? Interval { get; } = interval;

        public long KeysChangedThreshold { get; } = keysChangedThreshold;
    }
}
