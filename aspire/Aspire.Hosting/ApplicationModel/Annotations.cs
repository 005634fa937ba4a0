using System.Diagnostics;
using Aspire.Hosting.Publishing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Program and folder of an executable.</summary>
public sealed class ExecutableAnnotation : IResourceAnnotation
{
    public required string Command { get; set; }

    public required string WorkingDirectory { get; set; }
}

/// <summary>Image of a container.</summary>
[DebuggerDisplay("{ToReference()}")]
public sealed class ContainerImageAnnotation : IResourceAnnotation
{
    private string? _tag;
    private string? _sha256;

    /// <summary>Host of the registry; null: the engine's default.</summary>
    public string? Registry { get; set; }

    public required string Image { get; set; }

    /// <summary>Null when <see cref="SHA256"/> says which image is meant.</summary>
    public string? Tag
    {
        get => _tag;
        set
        {
            _tag = value;
            _sha256 = null;
        }
    }

    /// <summary>Digest without the <c>sha256:</c> in front; null when the tag is used.</summary>
    public string? SHA256
    {
        get => _sha256;
        set
        {
            _sha256 = value;
            _tag = null;
        }
    }

    internal string ToReference()
    {
        var name = string.IsNullOrEmpty(Registry) ? Image : $"{Registry}/{Image}";
        return string.IsNullOrEmpty(SHA256) ? (string.IsNullOrEmpty(Tag) ? name : $"{name}:{Tag}") : $"{name}@sha256:{SHA256}";
    }
}

public enum ContainerMountType
{
    BindMount,
    Volume,
}

/// <summary>A folder of the host or a volume inside a container.</summary>
public sealed class ContainerMountAnnotation : IResourceAnnotation
{
    public ContainerMountAnnotation(string? source, string target, ContainerMountType type, bool isReadOnly)
    {
        if (type == ContainerMountType.BindMount)
        {
            ArgumentException.ThrowIfNullOrEmpty(source);
            if (!Path.IsPathRooted(source))
            {
                throw new ArgumentException("Bind mounts must specify an absolute path as the source.", nameof(source));
            }
        }
        else if (string.IsNullOrEmpty(source) && isReadOnly)
        {
            throw new ArgumentException("Anonymous volumes cannot be read-only.", nameof(isReadOnly));
        }

        Source = source;
        Target = target;
        Type = type;
        IsReadOnly = isReadOnly;
    }

    /// <summary>Folder of the host, or name of the volume; null: an anonymous volume.</summary>
    public string? Source { get; }

    public string Target { get; }

    public ContainerMountType Type { get; }

    public bool IsReadOnly { get; }
}

/// <summary>Whether a container ends with the run or outlives it.</summary>
public enum ContainerLifetime
{
    Session,
    Persistent,
}

public sealed class ContainerLifetimeAnnotation : IResourceAnnotation
{
    public required ContainerLifetime Lifetime { get; set; }
}

public sealed class ContainerNameAnnotation : IResourceAnnotation
{
    public required string Name { get; set; }
}

public enum ImagePullPolicy
{
    Default = 0,
    Always = 1,
    Missing = 2,
    Never = 3,
}

public sealed class ContainerImagePullPolicyAnnotation : IResourceAnnotation
{
    public required ImagePullPolicy ImagePullPolicy { get; set; }
}

/// <summary>Extra flags for the engine's create command.</summary>
public sealed class ContainerRuntimeArgsCallbackAnnotation(Func<ContainerRuntimeArgsCallbackContext, Task> callback) : IResourceAnnotation
{
    public Func<ContainerRuntimeArgsCallbackContext, Task> Callback { get; } = callback;
}

public sealed class ContainerRuntimeArgsCallbackContext(IList<object> args, CancellationToken cancellationToken = default)
{
    public IList<object> Args { get; } = args;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    public ILogger Logger { get; set; } = NullLogger.Instance;
}

/// <summary>A file or folder that is put into a container before it starts.</summary>
public abstract class ContainerFileSystemItem
{
    private string? _name;

    public string Name
    {
        get => _name ?? throw new InvalidOperationException("The name of a container file or folder is not set.");
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            if (value.Contains('/', StringComparison.Ordinal) || value.Contains('\\', StringComparison.Ordinal))
            {
                throw new ArgumentException($"'{value}' must be a single name without a path separator.", nameof(value));
            }

            _name = value;
        }
    }

    /// <summary>User id; null: the default owner.</summary>
    public int? Owner { get; set; }

    /// <summary>Group id; null: the default group.</summary>
    public int? Group { get; set; }

    /// <summary>0: from the umask.</summary>
    public UnixFileMode Mode { get; set; }
}

public sealed class ContainerFile : ContainerFileSystemItem
{
    public string? Contents { get; set; }

    /// <summary>File of the host to copy; null: <see cref="Contents"/> is written.</summary>
    public string? SourcePath { get; set; }

    public bool? ContinueOnError { get; set; }
}

public sealed class ContainerDirectory : ContainerFileSystemItem
{
    public IEnumerable<ContainerFileSystemItem> Entries { get; set; } = [];
}

public sealed class ContainerFileSystemCallbackAnnotation : IResourceAnnotation
{
    public required string DestinationPath { get; init; }

    public int? DefaultOwner { get; init; }

    public int? DefaultGroup { get; init; }

    public UnixFileMode? Umask { get; init; }

    public required Func<ContainerFileSystemCallbackContext, CancellationToken, Task<IEnumerable<ContainerFileSystemItem>>> Callback { get; init; }
}

public sealed class ContainerFileSystemCallbackContext
{
    public required IServiceProvider ServiceProvider { get; init; }

    public required IResource Model { get; init; }
}

/// <summary>The container's image is built from a Dockerfile.</summary>
public class DockerfileBuildAnnotation(string contextPath, string dockerfilePath, string? stage) : IResourceAnnotation
{
    public string ContextPath { get; } = contextPath;

    public string DockerfilePath { get; } = dockerfilePath;

    /// <summary>Null: the last stage.</summary>
    public string? Stage { get; } = stage;

    public Dictionary<string, object?> BuildArguments { get; } = [];

    public Dictionary<string, object> BuildSecrets { get; } = [];

    public string? ImageName { get; set; }

    public string? ImageTag { get; set; }

    /// <summary>Whether the image has an entrypoint of its own.</summary>
    public bool HasEntrypoint { get; set; } = true;
}

public sealed class ReplicaAnnotation(int replicas = 1) : IResourceAnnotation
{
    public int Replicas { get; } = replicas;
}

/// <summary>Adds to the environment when the resource starts or the manifest is written.</summary>
public class EnvironmentCallbackAnnotation : IResourceAnnotation
{
    public EnvironmentCallbackAnnotation(string name, Func<string> callback)
        : this(context => context.EnvironmentVariables[name] = callback())
    {
    }

    public EnvironmentCallbackAnnotation(Action<EnvironmentCallbackContext> callback)
        : this(context =>
        {
            callback(context);
            return Task.CompletedTask;
        })
    {
    }

    public EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Callback = callback;
    }

    public Func<EnvironmentCallbackContext, Task> Callback { get; }
}

public class EnvironmentCallbackContext(
    DistributedApplicationExecutionContext executionContext,
    IResource resource,
    Dictionary<string, object>? environmentVariables = null,
    CancellationToken cancellationToken = default)
{
    /// <summary>Values are text or <see cref="IValueProvider"/>; the order is the order of the process's environment.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } = environmentVariables ?? [];

    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    public IResource Resource { get; } = resource;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    public ILogger Logger { get; set; } = NullLogger.Instance;
}

public class CommandLineArgsCallbackAnnotation : IResourceAnnotation
{
    public CommandLineArgsCallbackAnnotation(Func<CommandLineArgsCallbackContext, Task> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Callback = callback;
    }

    public CommandLineArgsCallbackAnnotation(Action<IList<object>> callback)
        : this(context =>
        {
            callback(context.Args);
            return Task.CompletedTask;
        })
    {
    }

    public Func<CommandLineArgsCallbackContext, Task> Callback { get; }
}

public sealed class CommandLineArgsCallbackContext(IList<object> args, IResource? resource = null, CancellationToken cancellationToken = default)
{
    /// <summary>Text or <see cref="IValueProvider"/>.</summary>
    public IList<object> Args { get; } = args;

    public IResource Resource { get; } = resource!;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    public DistributedApplicationExecutionContext ExecutionContext { get; init; } = new(DistributedApplicationOperation.Run);

    public ILogger Logger { get; init; } = NullLogger.Instance;
}

/// <summary>How a resource waits for another one.</summary>
public enum WaitType
{
    WaitUntilHealthy,
    WaitForCompletion,
    WaitUntilStarted,
}

/// <summary>What a waiting resource does when the other one fails before it ran.</summary>
public enum WaitBehavior
{
    WaitOnResourceUnavailable,
    StopOnResourceUnavailable,
}

public sealed class WaitAnnotation(IResource resource, WaitType waitType, int exitCode = 0) : IResourceAnnotation
{
    public IResource Resource { get; } = resource;

    public WaitType WaitType { get; } = waitType;

    /// <summary>Only for <see cref="WaitType.WaitForCompletion"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>Null: the default of <see cref="ResourceNotificationServiceOptions"/>.</summary>
    public WaitBehavior? WaitBehavior { get; init; }
}

/// <summary>Names a health check that is registered with the AppHost's health check service.</summary>
public sealed class HealthCheckAnnotation(string key) : IResourceAnnotation
{
    public string Key { get; } = key ?? throw new ArgumentNullException(nameof(key));
}

public sealed class ResourceRelationshipAnnotation(IResource resource, string type) : IResourceAnnotation
{
    public IResource Resource { get; } = resource;

    public string Type { get; } = type;
}

internal static class KnownRelationshipTypes
{
    public const string Parent = "Parent";
    public const string Reference = "Reference";
    public const string WaitFor = "WaitFor";
}

/// <summary>The resource starts only on request.</summary>
public sealed class ExplicitStartupAnnotation : IResourceAnnotation;

public sealed class ConnectionStringRedirectAnnotation(IResourceWithConnectionString resource) : IResourceAnnotation
{
    public IResourceWithConnectionString Resource { get; } = resource;
}

/// <summary>State of the resource before the orchestrator reports one.</summary>
public sealed class ResourceSnapshotAnnotation(CustomResourceSnapshot initialSnapshot) : IResourceAnnotation
{
    public CustomResourceSnapshot InitialSnapshot { get; } = initialSnapshot;
}

/// <summary>Writes the resource into the manifest; null callback: leaves it out.</summary>
public class ManifestPublishingCallbackAnnotation : IResourceAnnotation
{
    public ManifestPublishingCallbackAnnotation(Func<ManifestPublishingContext, Task>? callback) => Callback = callback;

    public ManifestPublishingCallbackAnnotation(Action<ManifestPublishingContext>? callback)
        : this(callback is null ? null : context =>
        {
            callback(context);
            return Task.CompletedTask;
        })
    {
    }

    public Func<ManifestPublishingContext, Task>? Callback { get; }

    public static ManifestPublishingCallbackAnnotation Ignore { get; } = new((Func<ManifestPublishingContext, Task>?)null);
}

/// <summary>Launch profile that was asked for by name.</summary>
internal sealed class LaunchProfileAnnotation(string launchProfileName) : IResourceAnnotation
{
    public string LaunchProfileName { get; } = launchProfileName;
}

/// <summary>Launch profile of the AppHost itself, preferred in its projects.</summary>
internal sealed class DefaultLaunchProfileAnnotation(string launchProfileName) : IResourceAnnotation
{
    public string LaunchProfileName { get; } = launchProfileName;
}

internal sealed class ExcludeLaunchProfileAnnotation : IResourceAnnotation;

/// <summary>The resource sends telemetry to the dashboard.</summary>
public class OtlpExporterAnnotation : IResourceAnnotation
{
    /// <summary>Null: gRPC where the dashboard offers it.</summary>
    public OtlpProtocol? RequiredProtocol { get; init; }
}

/// <summary>Names of the orchestrator's objects for one resource, one per replica; set when they are decided.</summary>
[DebuggerDisplay("{Instances.Length} instances")]
internal sealed class DcpInstancesAnnotation(IEnumerable<DcpInstance> instances) : IResourceAnnotation
{
    public IReadOnlyList<DcpInstance> Instances { get; } = [.. instances];
}

/// <param name="Name">Unique name of the instance, <c>api-wxyzabcd</c>.</param>
/// <param name="Suffix"><c>wxyzabcd</c>; also the telemetry's instance id.</param>
/// <param name="Index">0 for the first replica.</param>
internal sealed record DcpInstance(string Name, string Suffix, int Index);

public sealed class ResourceIconAnnotation(string iconName, IconVariant iconVariant = IconVariant.Filled) : IResourceAnnotation
{
    public string IconName { get; } = iconName;

    public IconVariant IconVariant { get; } = iconVariant;
}

public enum IconVariant
{
    Regular,
    Filled,
}

/// <summary>Where the dashboard shows a URL.</summary>
public enum UrlDisplayLocation
{
    SummaryAndDetails,
    DetailsOnly,
}

/// <summary>A URL of a resource.</summary>
[DebuggerDisplay("{Url}")]
public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    public required string Url { get; set; }

    public string? DisplayText { get; set; }

    /// <summary>Higher numbers come first; null: 0.</summary>
    public int? DisplayOrder { get; set; }

    public UrlDisplayLocation DisplayLocation { get; set; } = UrlDisplayLocation.SummaryAndDetails;

    /// <summary>Null: not a URL of an endpoint.</summary>
    public EndpointReference? Endpoint { get; init; }

    internal bool IsInternal => DisplayLocation == UrlDisplayLocation.DetailsOnly;
}

public sealed class ResourceUrlsCallbackAnnotation : IResourceAnnotation
{
    public ResourceUrlsCallbackAnnotation(Action<ResourceUrlsCallbackContext> callback)
        : this(context =>
        {
            callback(context);
            return Task.CompletedTask;
        })
    {
    }

    public ResourceUrlsCallbackAnnotation(Func<ResourceUrlsCallbackContext, Task> callback) => Callback = callback;

    public Func<ResourceUrlsCallbackContext, Task> Callback { get; }
}

public class ResourceUrlsCallbackContext(
    DistributedApplicationExecutionContext executionContext,
    IResource resource,
    List<ResourceUrlAnnotation>? urls = null,
    CancellationToken cancellationToken = default)
{
    public List<ResourceUrlAnnotation> Urls { get; } = urls ?? [];

    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    public IResource Resource { get; } = resource;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>Null when the resource has no such endpoint.</summary>
    public EndpointReference? GetEndpoint(string name) =>
        Resource is IResourceWithEndpoints owner && owner.GetEndpoint(name) is { Exists: true } endpoint ? endpoint : null;
}

/// <summary>A command that the dashboard and the command line offer for a resource.</summary>
[DebuggerDisplay("{Name}")]
public sealed class ResourceCommandAnnotation(
    string name,
    string displayName,
    Func<UpdateCommandStateContext, ResourceCommandState> updateState,
    Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
    string? displayDescription,
    object? parameter,
    string? confirmationMessage,
    string? iconName,
    IconVariant? iconVariant,
    bool isHighlighted) : IResourceAnnotation
{
    /// <param name="arguments">Asked before the command runs, in this order.</param>
    /// <param name="validateArguments">Called with arguments that are acceptable each by itself; the command doesn't run while it finds errors.</param>
    public ResourceCommandAnnotation(
        string name,
        string displayName,
        Func<UpdateCommandStateContext, ResourceCommandState> updateState,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
        string? displayDescription,
        IReadOnlyList<InteractionInput>? arguments,
        string? confirmationMessage,
        string? iconName,
        IconVariant? iconVariant,
        bool isHighlighted,
        Func<InputsDialogValidationContext, Task>? validateArguments = null)
        : this(name, displayName, updateState, executeCommand, displayDescription, parameter: null, confirmationMessage, iconName, iconVariant, isHighlighted)
    {
        Arguments = arguments ?? [];
        ValidateArguments = validateArguments;
    }

    public string Name { get; } = name;

    public string DisplayName { get; } = displayName;

    public Func<UpdateCommandStateContext, ResourceCommandState> UpdateState { get; } = updateState;

    public Func<ExecuteCommandContext, Task<ExecuteCommandResult>> ExecuteCommand { get; } = executeCommand;

    public string? DisplayDescription { get; } = displayDescription;

    public object? Parameter { get; } = parameter;

    public string? ConfirmationMessage { get; } = confirmationMessage;

    public string? IconName { get; } = iconName;

    public IconVariant? IconVariant { get; } = iconVariant;

    public bool IsHighlighted { get; } = isHighlighted;

    /// <summary>Asked before the command runs, in this order.</summary>
    public IReadOnlyList<InteractionInput> Arguments { get; internal init; } = [];

    /// <summary>Called with arguments that are acceptable each by itself; null: that is enough.</summary>
    public Func<InputsDialogValidationContext, Task>? ValidateArguments { get; internal init; }
}

public enum ResourceCommandState
{
    Enabled,
    Disabled,
    Hidden,
}

public sealed class UpdateCommandStateContext
{
    public required CustomResourceSnapshot ResourceSnapshot { get; init; }

    public required IServiceProvider ServiceProvider { get; init; }
}

public sealed class ExecuteCommandContext
{
    public required IServiceProvider ServiceProvider { get; init; }

    /// <summary>Name of the instance, as in <see cref="ResourceEvent.ResourceId"/>.</summary>
    public required string ResourceName { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The command's own arguments with what was given for them; null values were not given.</summary>
    public InteractionInputCollection Arguments { get; init; } = new([]);
}

public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }

    public bool Canceled { get; init; }

    public string? Message { get; init; }

    /// <summary>The arguments with their errors, when it was for them that the command did not run; null otherwise.</summary>
    internal InteractionInputCollection? InvalidArguments { get; init; }

    [Obsolete("Use Message.")]
    public string? ErrorMessage
    {
        get => Message;
        init => Message = value;
    }
}

public static class CommandResults
{
    public static ExecuteCommandResult Success() => new() { Success = true };

    public static ExecuteCommandResult Success(string message) => new() { Success = true, Message = message };

    public static ExecuteCommandResult Failure(string? errorMessage = null) => new() { Success = false, Message = errorMessage };

    public static ExecuteCommandResult Failure(Exception exception) => Failure(exception.Message);

    public static ExecuteCommandResult Canceled() => new() { Success = false, Canceled = true };
}

/// <summary>How a command appears.</summary>
public class CommandOptions
{
    internal static CommandOptions Default { get; } = new();

    public string? Description { get; set; }

    public object? Parameter { get; set; }

    /// <summary>Asked before the command runs, in this order; a command line may give them by position.</summary>
    public IReadOnlyList<InteractionInput> Arguments
    {
        get;
        set => field = value ?? [];
    } = [];

    /// <summary>Called with arguments that are acceptable each by itself; the command doesn't run while it finds errors. Null: nothing more to check.</summary>
    public Func<InputsDialogValidationContext, Task>? ValidateArguments { get; set; }

    /// <summary>Asked before the command runs; null: not asked.</summary>
    public string? ConfirmationMessage { get; set; }

    /// <summary>Name of a Fluent UI icon.</summary>
    public string? IconName { get; set; }

    public IconVariant? IconVariant { get; set; }

    public bool IsHighlighted { get; set; }

    /// <summary>Null: always enabled.</summary>
    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}

