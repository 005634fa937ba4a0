using System.Diagnostics.CodeAnalysis;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;

namespace Aspire.Hosting.Orchestration;

internal enum AppResourceKind
{
    Project,
    Executable,
    Container,
}

/// <summary>A resource of the model that the orchestrator runs, with its instances and its public addresses.</summary>
internal sealed class AppResource
{
    private AppResource(IResource model, AppResourceKind kind)
    {
        Model = model;
        Kind = kind;
        Instances = model.TryGetLastAnnotation<DcpInstancesAnnotation>(out var instances)
            ? [.. instances.Instances.Select(i => new AppInstance(this, i))]
            : throw new InvalidOperationException($"The instances of '{model.Name}' are not named yet.");
    }

    public IResource Model { get; }

    public string Name => Model.Name;

    public AppResourceKind Kind { get; }

    public IReadOnlyList<AppInstance> Instances { get; }

    /// <summary>In the order in which the endpoints were declared.</summary>
    public List<AppService> Services { get; } = [];

    /// <summary>Why it can't start at all, such as a busy port; null: nothing is known against it.</summary>
    public string? Obstacle { get; set; }

    public bool IsPersistent => ResourceNames.IsPersistent(Model);

    public bool StartsByItself => !Model.HasAnnotationOfType<ExplicitStartupAnnotation>() && Model is not ProjectRebuilderResource;

    /// <summary>What the resource's type says wins over its annotations: a local server may carry those of the container that it stands in for.</summary>
    public static bool TryGetKind(IResource resource, [NotNullWhen(true)] out AppResourceKind? kind)
    {
        kind = resource switch
        {
            ProjectResource => AppResourceKind.Project,
            ExecutableResource => AppResourceKind.Executable,
            _ when resource.IsContainer() || resource.HasAnnotationOfType<DockerfileBuildAnnotation>() => AppResourceKind.Container,
            _ => null,
        };
        return kind is not null;
    }

    /// <returns>Null when the orchestrator doesn't run it.</returns>
    public static AppResource? From(IResource resource) => TryGetKind(resource, out var kind) ? new AppResource(resource, kind.Value) : null;
}

/// <summary>One replica.</summary>
internal sealed class AppInstance(AppResource owner, DcpInstance name)
{
    /// <summary>Uid of the last object of that name that was deleted, whose late changes no longer count; null: none was.</summary>
    private string? _forgottenUid;

    public AppResource Owner { get; } = owner;

    public DcpInstance Id { get; } = name;

    public string Name => Id.Name;

    /// <summary>Starting and stopping the instance exclude each other.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>Whether an object of that name was sent to the orchestrator and not deleted again.</summary>
    public bool IsCreated { get; set; }

    /// <summary>Set while somebody stops it on purpose, so that its end is no failure.</summary>
    public bool IsStopRequested { get; set; }

    /// <summary>Latest known object; null before the first report.</summary>
    public DcpExecutable? Executable { get; set; }

    /// <inheritdoc cref="Executable"/>
    public DcpContainer? Container { get; set; }

    /// <summary>Arguments as the model gave them, for those who look at the resource.</summary>
    public IReadOnlyList<LaunchArgument> LaunchArguments { get; set; } = [];

    /// <summary>Released when somebody starts the instance by hand while it waits for others; null: it doesn't wait.</summary>
    public TaskCompletionSource? WaitSkipped { get; set; }

    public bool IsForgotten(string? uid) => uid is not null && uid == _forgottenUid;

    /// <summary>The object was deleted: what is still reported of it no longer counts.</summary>
    public void Forget()
    {
        _forgottenUid = Executable?.Metadata.Uid ?? Container?.Metadata.Uid;
        Executable = null;
        Container = null;
        IsCreated = false;
    }
}

/// <param name="Argument">As the model gave it.</param>
/// <param name="EffectiveArgumentIndex">Where it is among the process's arguments; null: not as one of them.</param>
internal sealed record LaunchArgument(string Argument, bool IsSensitive, int? EffectiveArgumentIndex);

/// <summary>The public address of one endpoint.</summary>
internal sealed class AppService(AppResource owner, EndpointAnnotation endpoint, string serviceName, DcpService definition)
{
    public AppResource Owner { get; } = owner;

    public EndpointAnnotation Endpoint { get; } = endpoint;

    public string ServiceName { get; } = serviceName;

    public DcpService Definition { get; } = definition;

    /// <summary>Ends with the public port when the orchestrator has chosen it.</summary>
    public TaskCompletionSource<int> Port { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>False for a second service that only tells containers about a host address.</summary>
    public bool IsPrimary { get; init; } = true;
}
