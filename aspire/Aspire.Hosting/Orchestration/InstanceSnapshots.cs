using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;

namespace Aspire.Hosting.Orchestration;

/// <summary>Turns what the orchestrator reports of an instance into what the dashboard, the waits and tests see.</summary>
internal sealed class InstanceSnapshots(ActiveEndpoints endpoints)
{
    /// <summary>The instance as planned, before the orchestrator knows of it; the state stays.</summary>
    public CustomResourceSnapshot Planned(AppInstance instance, CustomResourceSnapshot previous) =>
        instance.Owner.Kind == AppResourceKind.Container
            ? Container(instance, null, previous) with { State = previous.State, CreationTimeStamp = previous.CreationTimeStamp }
            : Executable(instance, null, previous) with { State = previous.State, CreationTimeStamp = previous.CreationTimeStamp };

    public CustomResourceSnapshot Current(AppInstance instance, CustomResourceSnapshot previous) => instance switch
    {
        { Container: { } container } => Container(instance, container, previous),
        { Executable: { } executable } => Executable(instance, executable, previous),
        _ => Planned(instance, previous),
    };

    /// <summary>Only the URLs anew: an endpoint came or went.</summary>
    public CustomResourceSnapshot WithUrls(AppInstance instance, CustomResourceSnapshot previous) =>
        previous with { Urls = Urls(instance, previous.State?.Text) };

    /// <summary>The orchestrator says <c>Terminated</c> where others say <c>Exited</c>.</summary>
    public static string? StateOf(AppInstance instance)
    {
        if (instance.Container is { } container)
        {
            return container.Spec.Start is false && container.Status?.State is null or "" or "Pending" ? KnownResourceStates.NotStarted : container.Status?.State;
        }

        return instance.Executable?.Status?.State is "Terminated" ? KnownResourceStates.Exited : instance.Executable?.Status?.State;
    }

    public static int? ExitCodeOf(AppInstance instance) =>
        instance.Container is { Status.ExitCode: { } code } ? (code < 0 ? null : code) : instance.Executable?.Status?.ExitCode;

    private CustomResourceSnapshot Executable(AppInstance instance, DcpExecutable? executable, CustomResourceSnapshot previous)
    {
        var resource = instance.Owner;
        var status = executable?.Status;
        var state = StateOf(instance);
        var (path, folder) = executable is null ? ProjectLaunch.ProgramOf(resource) : (executable.Spec.ExecutablePath, executable.Spec.WorkingDirectory);
        var properties = new PropertyList(previous.Properties)
            .Set(KnownProperties.Executable.Path, path)
            .Set(KnownProperties.Executable.WorkDir, folder)
            .Set(KnownProperties.Executable.Args, Values(status?.EffectiveArgs), isSensitive: true)
            .Set(KnownProperties.Executable.Pid, status is null ? null : status.Pid ?? 0);
        if (resource.Kind == AppResourceKind.Project)
        {
            properties
                .Set(KnownProperties.Project.Path, ProjectLaunch.ProjectPathOf(resource.Model))
                .Set(KnownProperties.Project.LaunchProfile, ProjectLaunch.LaunchProfileNameOf(resource.Model));
        }

        return previous with
        {
            State = state,
            ExitCode = status?.ExitCode,
            Properties = SetLaunchArguments(properties, instance, executable is not null, status?.EffectiveArgs).ToImmutable(),
            EnvironmentVariables = Environment(status?.EffectiveEnv, executable?.Spec.Env),
            CreationTimeStamp = executable?.Metadata.CreationTimestamp?.UtcDateTime ?? previous.CreationTimeStamp,
            StartTimeStamp = status?.StartupTimestamp?.UtcDateTime,
            StopTimeStamp = status?.FinishTimestamp?.UtcDateTime,
            Urls = Urls(instance, state),
        };
    }

    private CustomResourceSnapshot Container(AppInstance instance, DcpContainer? container, CustomResourceSnapshot previous)
    {
        var status = container?.Status;
        var state = StateOf(instance);
        var image = container?.Spec.Image ?? (instance.Owner.Model.TryGetContainerImageName(out var name) ? name : string.Empty);
        var properties = new PropertyList(previous.Properties)
            .Set(KnownProperties.Container.Image, image)
            .Set(KnownProperties.Container.Id, status?.ContainerId)
            .Set(KnownProperties.Container.Command, container?.Spec.Command)
            .Set(KnownProperties.Container.Args, Values(status?.EffectiveArgs), isSensitive: true)
            .Set(KnownProperties.Container.Ports, container?.Spec.Ports?.Select(p => p.ContainerPort).ToImmutableArray() ?? [])
            .Set(KnownProperties.Container.Lifetime, (instance.Owner.IsPersistent ? ContainerLifetime.Persistent : ContainerLifetime.Session).ToString());
        return previous with
        {
            State = state,
            ExitCode = ExitCodeOf(instance),
            Properties = SetLaunchArguments(properties, instance, container is not null, status?.EffectiveArgs).ToImmutable(),
            EnvironmentVariables = Environment(status?.EffectiveEnv ?? container?.Spec.Env, container?.Spec.Env),
            CreationTimeStamp = container?.Metadata.CreationTimestamp?.UtcDateTime ?? previous.CreationTimeStamp,
            StartTimeStamp = status?.StartupTimestamp?.UtcDateTime,
            StopTimeStamp = status?.FinishTimestamp?.UtcDateTime,
            Urls = Urls(instance, state),
            Volumes = container is null
                ? previous.Volumes
                : [.. (container.Spec.VolumeMounts ?? []).Select(v => new VolumeSnapshot(v.Source, v.Target, v.Type, v.ReadOnly ?? false))],
        };
    }

    private static PropertyList SetLaunchArguments(PropertyList properties, AppInstance instance, bool isCreated, List<string>? effective)
    {
        if (!isCreated)
        {
            return properties.Set(KnownProperties.Resource.AppArgs, null).Set(KnownProperties.Resource.AppArgsSensitivity, null);
        }

        var arguments = instance.LaunchArguments;
        var values = arguments.Select(a => a.EffectiveArgumentIndex is { } i && i < effective?.Count ? effective[i] : a.Argument).ToImmutableArray();
        var isSensitive = arguments.Any(a => a.IsSensitive);
        return properties
            .Set(KnownProperties.Resource.AppArgs, values, isSensitive)
            .Set(KnownProperties.Resource.AppArgsSensitivity, arguments.Select(a => a.IsSensitive ? 1 : 0).ToImmutableArray(), isSensitive);
    }

    private static ImmutableArray<string> Values(List<string>? list) => list is null ? [] : [.. list];

    /// <summary>A process shows everything that it inherited; without any variable of its own the orchestrator can't tell, and all count as its own.</summary>
    private static ImmutableArray<EnvironmentVariableSnapshot> Environment(List<DcpEnvVar>? effective, List<DcpEnvVar>? spec)
    {
        if (effective is null or { Count: 0 })
        {
            return [];
        }

        var own = spec?.Select(e => e.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. effective
                .Select(e => new EnvironmentVariableSnapshot(e.Name, e.Value ?? string.Empty, own?.Contains(e.Name) ?? true))
                .OrderBy(e => e.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>First those of its own endpoints, last declared first, then those of others' endpoints, then the rest.</summary>
    private ImmutableArray<UrlSnapshot> Urls(AppInstance instance, string? state)
    {
        var resource = instance.Owner;
        if (!resource.Model.TryGetUrls(out var annotations))
        {
            return [];
        }

        var urls = ImmutableArray.CreateBuilder<UrlSnapshot>();
        var rest = annotations.ToList();
        foreach (var service in Enumerable.Reverse(resource.Services))
        {
            foreach (var url in rest.Where(u => u.Endpoint is { } e && IsOf(e, service)).ToArray())
            {
                urls.Add(Url(url, !endpoints.IsActive(service.ServiceName, instance.Name)));
                rest.Remove(url);
            }
        }

        foreach (var url in rest.Where(u => u.Endpoint is not null))
        {
            urls.Add(Url(url, !endpoints.IsActive(url.Endpoint!)));
        }

        foreach (var url in rest.Where(u => u.Endpoint is null))
        {
            urls.Add(Url(url, state != KnownResourceStates.Running));
        }

        return urls.ToImmutable();
    }

    private static bool IsOf(EndpointReference endpoint, AppService service) =>
        ResourceNotificationService.NamesEqual(endpoint.EndpointName, service.Endpoint.Name)
        && ResourceNotificationService.NamesEqual(endpoint.Resource.Name, service.Owner.Name);

    private static UrlSnapshot Url(ResourceUrlAnnotation url, bool isInactive) =>
        new(url.Endpoint?.EndpointName, url.Url, url.IsInternal)
        {
            IsInactive = isInactive,
            DisplayProperties = new(url.DisplayText ?? string.Empty, url.DisplayOrder ?? 0),
        };
}

/// <summary>Properties in the order in which they were first set.</summary>
internal sealed class PropertyList(ImmutableArray<ResourcePropertySnapshot> properties)
{
    private readonly List<ResourcePropertySnapshot> _properties = [.. properties];

    public PropertyList Set(string name, object? value, bool isSensitive = false)
    {
        var index = _properties.FindIndex(p => p.Name == name);
        if (index < 0)
        {
            _properties.Add(new ResourcePropertySnapshot(name, value) { IsSensitive = isSensitive });
        }
        else
        {
            _properties[index] = _properties[index] with { Value = value, IsSensitive = isSensitive };
        }

        return this;
    }

    public PropertyList Remove(string name)
    {
        _properties.RemoveAll(p => p.Name == name);
        return this;
    }

    public ImmutableArray<ResourcePropertySnapshot> ToImmutable() => [.. _properties];
}

/// <summary>Which processes listen behind which services, as the orchestrator reports it.</summary>
internal sealed class ActiveEndpoints(AppResources resources)
{
    private readonly Dictionary<string, (string Service, string Owner)> _byName = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public bool IsActive(string service, string owner)
    {
        lock (_lock)
        {
            return _byName.Values.Contains((service, owner));
        }
    }

    public bool IsActive(EndpointReference endpoint)
    {
        var service = resources.Find(endpoint.Resource)?.Services
            .FirstOrDefault(s => ResourceNotificationService.NamesEqual(s.Endpoint.Name, endpoint.EndpointName));
        lock (_lock)
        {
            return service is not null && _byName.Values.Any(e => e.Service == service.ServiceName);
        }
    }

    /// <returns>The instance whose endpoint came or went; null: nothing changed.</returns>
    public string? Apply(DcpWatchEvent<DcpEndpoint> change)
    {
        var endpoint = change.Object;
        if (endpoint.Metadata.OwnerReferences is not [var owner, ..] || endpoint.Spec?.ServiceName is not { } service)
        {
            return null;
        }

        lock (_lock)
        {
            var changed = change.Type == "DELETED"
                ? _byName.Remove(endpoint.Metadata.Name)
                : _byName.TryAdd(endpoint.Metadata.Name, (service, owner.Name));
            return changed ? owner.Name : null;
        }
    }
}
