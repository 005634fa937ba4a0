using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Builds the orchestrator's objects for containers.</summary>
internal sealed class ContainerObjects(ResourceConfiguration values, IServiceProvider services)
{
    public async Task<DcpContainer> CreateAsync(AppInstance instance, ResolvedConfiguration configuration, ILogger logger, CancellationToken cancellationToken)
    {
        var resource = instance.Owner;
        var model = resource.Model;
        var annotations = WorkloadObjects.CommonAnnotations(instance);
        var entrypoint = (model as ContainerResource)?.Entrypoint;
        var arguments = Arguments(instance, configuration, annotations);
        var build = await BuildAsync(resource, logger, cancellationToken);
        var container = new DcpContainer
        {
            Metadata = new DcpMetadata { Name = instance.Name, Annotations = annotations },
            Spec = new DcpContainerSpec
            {
                Image = ImageOf(model),
                Build = build,
                ContainerName = instance.Name,
                VolumeMounts = NullIfEmpty(model.Annotations.OfType<ContainerMountAnnotation>().Select(Mount).ToList()),
                Ports = NullIfEmpty(Enumerable.Reverse(resource.Services).Select(Port).ToList()),
                Env = NullIfEmpty(configuration.Environment.ToList()),
                Command = entrypoint,
                Args = NullIfEmpty(arguments),
                Networks = [new DcpContainerNetworkUse(KnownNetworkIdentifiers.DefaultAspireContainerNetwork.Value, [resource.Name, $"{resource.Name}.dev.internal"])],
                Persistent = resource.IsPersistent ? true : null,
                PullPolicy = model.TryGetLastAnnotation<ContainerImagePullPolicyAnnotation>(out var pull) ? PullPolicy(pull.ImagePullPolicy) : null,
                RunArgs = NullIfEmpty(await RunArgumentsAsync(resource, logger, cancellationToken)),
                CreateFiles = NullIfEmpty(await FilesAsync(model, cancellationToken)),
            },
        };
        return container;
    }

    /// <summary>Through a shell they become one command line for <c>-c</c>.</summary>
    private static List<string> Arguments(AppInstance instance, ResolvedConfiguration configuration, Dictionary<string, string> annotations)
    {
        var throughShell = instance.Owner.Model is ContainerResource { ShellExecution: true };
        var arguments = configuration.Arguments
            .Select((a, i) => new LaunchArgument(DcpTemplates.Escape(a.Value), a.IsSensitive, throughShell ? null : i))
            .ToArray();
        instance.LaunchArguments = arguments;
        annotations["resource-app-args"] = WorkloadObjects.Json(arguments);
        var texts = arguments.Select(a => a.Argument).ToList();
        return throughShell && texts.Count > 0 ? ["-c", string.Join(' ', texts)] : texts;
    }

    private static string? ImageOf(IResource model)
    {
        if (!model.TryGetLastAnnotation<DockerfileBuildAnnotation>(out var build) || build.ImageName is null)
        {
            return model.TryGetContainerImageName(out var image) ? image : null;
        }

        return build.ImageTag is null ? build.ImageName : $"{build.ImageName}:{build.ImageTag}";
    }

    private async Task<DcpContainerBuild?> BuildAsync(AppResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        if (!resource.Model.TryGetLastAnnotation<DockerfileBuildAnnotation>(out var annotation))
        {
            return null;
        }

        var build = new DcpContainerBuild { Context = annotation.ContextPath, Dockerfile = annotation.DockerfilePath, Stage = annotation.Stage };
        foreach (var (name, value) in annotation.BuildArguments)
        {
            (build.Args ??= []).Add(new DcpEnvVar(name, await values.ResolveAsync(resource, value, logger, cancellationToken)));
        }

        foreach (var (id, value) in annotation.BuildSecrets)
        {
            (build.Secrets ??= []).Add(value is FileInfo file
                ? new DcpBuildSecret("file", id, null, file.FullName)
                : new DcpBuildSecret("env", id, await values.ResolveAsync(resource, value, logger, cancellationToken), null));
        }

        return build;
    }

    private static DcpVolumeMount Mount(ContainerMountAnnotation mount) =>
        new(mount.Type == ContainerMountType.BindMount ? "bind" : "volume", mount.Source ?? string.Empty, mount.Target, mount.IsReadOnly ? true : null);

    /// <summary>Behind a proxy the engine chooses the port of the host; the proxy knows it.</summary>
    private static DcpContainerPort Port(AppService service)
    {
        var endpoint = service.Endpoint;
        var (address, _) = EndpointAddresses.Normalize(endpoint.TargetHost);
        return new DcpContainerPort(
            endpoint.IsProxied ? null : service.Definition.Spec.Port,
            endpoint.TargetPort!.Value,
            service.Definition.Spec.Protocol,
            address == "localhost" ? null : address);
    }

    private static string? PullPolicy(ImagePullPolicy policy) => policy switch
    {
        ImagePullPolicy.Always => "always",
        ImagePullPolicy.Missing => "missing",
        ImagePullPolicy.Never => "never",
        _ => null,
    };

    private async Task<List<string>> RunArgumentsAsync(AppResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        var callbacks = resource.Model.Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>().ToArray();
        var collected = new List<object>();
        foreach (var callback in callbacks)
        {
            await callback.Callback(new ContainerRuntimeArgsCallbackContext(collected, cancellationToken) { Logger = logger });
        }

        var arguments = new List<string>(collected.Count);
        foreach (var value in collected)
        {
            if (await values.ResolveAsync(resource, value, logger, cancellationToken) is { } text)
            {
                arguments.Add(text);
            }
        }

        return arguments;
    }

    private async Task<List<DcpCreateFiles>> FilesAsync(IResource model, CancellationToken cancellationToken)
    {
        var files = new List<DcpCreateFiles>();
        foreach (var annotation in model.Annotations.OfType<ContainerFileSystemCallbackAnnotation>())
        {
            var entries = await annotation.Callback(new ContainerFileSystemCallbackContext { ServiceProvider = services, Model = model }, cancellationToken);
            files.Add(new DcpCreateFiles
            {
                Destination = annotation.DestinationPath,
                DefaultOwner = annotation.DefaultOwner,
                DefaultGroup = annotation.DefaultGroup,
                Umask = annotation.Umask is { } umask ? (int)umask : null,
                Entries = entries.Select(Entry).ToList(),
            });
        }

        return files;
    }

    private static DcpFileEntry Entry(ContainerFileSystemItem item) => new()
    {
        Type = item is ContainerDirectory ? "directory" : "file",
        Name = item.Name,
        Owner = item.Owner,
        Group = item.Group,
        Mode = item.Mode == 0 ? null : (int)item.Mode,
        Contents = (item as ContainerFile)?.Contents,
        Source = (item as ContainerFile)?.SourcePath,
        ContinueOnError = (item as ContainerFile)?.ContinueOnError,
        Entries = (item as ContainerDirectory)?.Entries.Select(Entry).ToList(),
    };

    private static List<T>? NullIfEmpty<T>(List<T> list) => list.Count == 0 ? null : list;
}
