using Microsoft.Extensions.Configuration;

namespace Slipway.AppHost.LocalServers;

/// <summary>
/// Runs PostgreSQL and Redis as processes of this machine where no container engine can. <c>AppHost:Servers</c> decides:
/// <c>containers</c>, <c>local</c>, or <c>auto</c> (the default): containers where an engine answers and has the images, else
/// local servers where their programs are installed, else containers (the engine then pulls the images).
/// </summary>
internal static class LocalServersExtensions
{
    private const string Setting = "AppHost:Servers";

    /// <summary>Call it when the model is complete. A manifest always describes containers, and other systems than Linux run them.</summary>
    /// <exception cref="DistributedApplicationException">The setting is unknown, or neither an engine nor the programs are there.</exception>
    public static void UseLocalServersWhereNeeded(this IDistributedApplicationBuilder builder)
    {
        if (!builder.ExecutionContext.IsRunMode || !OperatingSystem.IsLinux())
        {
            return;
        }

        ILocalServer[] servers =
        [
            .. builder.Resources.OfType<PostgresServerResource>().Select(r => new LocalPostgres(r, builder.Configuration)),
            .. builder.Resources.OfType<RedisResource>().Select(r => new LocalRedis(r)),
        ];
        if (!UseLocal(builder.Configuration, servers))
        {
            return;
        }

        var data = LocalServerData.For(builder.Configuration);
        foreach (var server in servers)
        {
            Replace(builder, server, data);
        }
    }

    private static bool UseLocal(ConfigurationManager configuration, ILocalServer[] servers)
    {
        var missing = servers.Where(s => s.Program is null).ToArray();
        switch (configuration[Setting] ?? "auto")
        {
            case "containers":
                return false;
            case "local" when missing.Length > 0:
                throw new DistributedApplicationException(Missing(missing, $"'{Setting}' is 'local'"));
            case "local":
                return true;
            case "auto":
                break;
            case var other:
                throw new DistributedApplicationException($"'{Setting}' is '{other}'. Use 'auto', 'containers' or 'local'.");
        }

        var engine = ContainerEngine.Find(configuration);
        if (engine?.HasImages(servers.Select(s => s.Image)) == true)
        {
            return false;
        }

        return missing.Length == 0
            || (engine is null ? throw new DistributedApplicationException(Missing(missing, "no container engine answers")) : false);
    }

    private static string Missing(ILocalServer[] missing, string why) =>
        $"Cannot run {string.Join(" and ", missing.Select(m => $"'{m.Resource.Name}' ({m.Product})"))}: {why}, and no server program was found on this machine. "
        + $"Start a container engine, or install the programs: sudo apt-get install {string.Join(' ', missing.Select(m => m.Package))}";

    private static void Replace(IDistributedApplicationBuilder builder, ILocalServer server, LocalServerData data)
    {
        var container = server.Resource;
        RemoveWhatOnlyContainersHave(container.Annotations);
        var local = new LocalServerResource(container, server.Command(out var leadingArguments), data.Root);
        builder.Resources[builder.Resources.IndexOf(container)] = local;

        var endpoint = container.Annotations.OfType<EndpointAnnotation>().First();
        endpoint.TargetPort = null;
        var port = local.GetEndpoint(endpoint.Name).Property(EndpointProperty.TargetPort);
        builder.CreateResourceBuilder(local).WithArgs(context =>
        {
            leadingArguments.ForEach(context.Args.Add);
            server.AddArguments(context.Args, data, port);
        });
        builder.Eventing.Subscribe<BeforeResourceStartedEvent>(local, (_, cancellationToken) => PrepareAsync(server, data, cancellationToken));

        // Health checks and database creation listen to the resource that AddPostgres and AddRedis made.
        builder.Eventing.Subscribe<ConnectionStringAvailableEvent>(local, (available, cancellationToken) =>
            builder.Eventing.PublishAsync(new ConnectionStringAvailableEvent(container, available.Services), cancellationToken));
        builder.Eventing.Subscribe<ResourceReadyEvent>(local, (ready, cancellationToken) =>
            builder.Eventing.PublishAsync(new ResourceReadyEvent(container, ready.Services), cancellationToken));
        builder.Eventing.Subscribe<InitializeResourceEvent>(local, (initialize, cancellationToken) => FollowAsync(initialize, builder, container, cancellationToken));
    }

    /// <summary>Whatever the folder refuses, its owner learns which one it is and what to do.</summary>
    private static async Task PrepareAsync(ILocalServer server, LocalServerData data, CancellationToken cancellationToken)
    {
        try
        {
            await server.PrepareAsync(data, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException || (exception is DistributedApplicationException && LocalServerData.IsTheReason(exception.Message)))
        {
            throw new DistributedApplicationException(
                $"'{server.Resource.Name}' cannot keep its data in '{data.Root}'. {LocalServerData.Remedy(exception.Message)} The reason: {exception.Message}",
                exception);
        }
    }

    /// <summary>Databases live and end with their server; the host sees to that for containers only.</summary>
    private static async Task FollowAsync(
        InitializeResourceEvent initialize,
        IDistributedApplicationBuilder builder,
        ContainerResource container,
        CancellationToken cancellationToken)
    {
        var children = builder.Resources.OfType<IResourceWithParent>().Where(r => r.Parent == container).ToArray();
        ResourceStateSnapshot? latest = null;
        await foreach (var change in initialize.Notifications.WatchAsync(cancellationToken))
        {
            if (change.Resource != initialize.Resource || change.Snapshot.State == latest)
            {
                continue;
            }

            latest = change.Snapshot.State;
            foreach (var child in children)
            {
                await initialize.Notifications.PublishUpdateAsync(child, s => s with
                {
                    State = change.Snapshot.State,
                    StartTimeStamp = change.Snapshot.StartTimeStamp,
                    StopTimeStamp = change.Snapshot.StopTimeStamp,
                });
            }
        }
    }

    private static void RemoveWhatOnlyContainersHave(ResourceAnnotationCollection annotations)
    {
        foreach (var annotation in annotations.ToArray())
        {
            if (annotation is ContainerImageAnnotation or ContainerMountAnnotation or EnvironmentCallbackAnnotation
                or CommandLineArgsCallbackAnnotation or ManifestPublishingCallbackAnnotation)
            {
                annotations.Remove(annotation);
            }
        }
    }
}
