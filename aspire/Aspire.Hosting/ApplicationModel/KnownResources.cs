using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A container; the image is an annotation.</summary>
public class ContainerResource(string name, string? entrypoint = null)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IComputeResource
{
    /// <summary>Replaces the image's own entrypoint; null keeps it.</summary>
    public string? Entrypoint { get; set; } = entrypoint;

    /// <summary>Whether arguments go to the entrypoint through a shell.</summary>
    public bool? ShellExecution { get; set; }
}

/// <summary>A program of the machine, started in a folder.</summary>
public class ExecutableResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IComputeResource
{
    public ExecutableResource(string name, string command, string workingDirectory)
        : base(name)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        ArgumentNullException.ThrowIfNull(workingDirectory);
        Annotations.Add(new ExecutableAnnotation { Command = command, WorkingDirectory = workingDirectory });
    }

    public string Command => Executable.Command;

    public string WorkingDirectory => Executable.WorkingDirectory;

    private ExecutableAnnotation Executable => Annotations.OfType<ExecutableAnnotation>().Last();
}

/// <summary>A .NET project; its path is in an <see cref="IProjectMetadata"/> annotation.</summary>
public class ProjectResource(string name)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport, IComputeResource
{
    /// <summary>Endpoints that came from the project's own Kestrel configuration, with the host that it names.</summary>
    internal Dictionary<EndpointAnnotation, string> KestrelEndpointAnnotationHosts { get; } = [];

    internal bool HasKestrelEndpoints => KestrelEndpointAnnotationHosts.Count > 0;

    /// <summary>The https endpoint that publishing adds by itself and that takes no part in HTTPS_PORTS.</summary>
    internal EndpointAnnotation? DefaultHttpsEndpoint { get; set; }
}

/// <summary>Hidden companion of a project that builds it again on the <c>rebuild</c> command.</summary>
internal sealed class ProjectRebuilderResource(string name, ProjectResource parent, string workingDirectory)
    : ExecutableResource(name, "dotnet", workingDirectory), IResourceWithParent<ProjectResource>
{
    public ProjectResource Parent { get; } = parent;
}

/// <summary>A connection string, from configuration or composed.</summary>
public class ConnectionStringResource(string name, ReferenceExpression connectionStringExpression)
    : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
{
    public ReferenceExpression ConnectionStringExpression { get; } = connectionStringExpression;
}

/// <summary>Names of ready-made states as the dashboard knows them.</summary>
public static class KnownResourceStates
{
    public static readonly string Hidden = nameof(Hidden);
    public static readonly string Starting = nameof(Starting);
    public static readonly string Running = nameof(Running);
    public static readonly string FailedToStart = nameof(FailedToStart);
    public static readonly string RuntimeUnhealthy = nameof(RuntimeUnhealthy);
    public static readonly string Stopping = nameof(Stopping);
    public static readonly string Exited = nameof(Exited);
    public static readonly string Finished = nameof(Finished);
    public static readonly string Waiting = nameof(Waiting);
    public static readonly string NotStarted = nameof(NotStarted);
    public static readonly string Active = nameof(Active);
    internal static readonly string ValueMissing = nameof(ValueMissing);
    internal static readonly string Unknown = nameof(Unknown);

    /// <summary>States that end a run.</summary>
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}

/// <summary>Styles of a state, as the dashboard draws it.</summary>
public static class KnownResourceStateStyles
{
    public static readonly string Success = "success";
    public static readonly string Error = "error";
    public static readonly string Info = "info";
    public static readonly string Warn = "warning";
}

internal static class KnownResourceTypes
{
    public const string Project = "Project";
    public const string Executable = "Executable";
    public const string Container = "Container";
    public const string Parameter = "Parameter";
    public const string ConnectionString = "ConnectionString";
    public const string ExternalService = "ExternalService";
}

/// <summary>Names of the commands that every running resource has.</summary>
public static class KnownResourceCommands
{
    public static readonly string StartCommand = "start";
    public static readonly string StopCommand = "stop";
    public static readonly string RestartCommand = "restart";
    internal static readonly string RebuildCommand = "rebuild";
    internal static readonly string SetParameterCommand = "set-parameter";
    internal static readonly string DeleteParameterCommand = "delete-parameter";
}

internal static class KnownProperties
{
    public static class Resource
    {
        public const string Uid = "resource.uid";
        public const string Name = "resource.name";
        public const string Type = "resource.type";
        public const string DisplayName = "resource.displayName";
        public const string State = "resource.state";
        public const string ExitCode = "resource.exitCode";
        public const string CreateTime = "resource.createTime";
        public const string StartTime = "resource.startTime";
        public const string StopTime = "resource.stopTime";
        public const string Source = "resource.source";
        public const string HealthState = "resource.healthState";
        public const string ConnectionString = "resource.connectionString";
        public const string ParentName = "resource.parentName";
        public const string AppArgs = "resource.appArgs";
        public const string AppArgsSensitivity = "resource.appArgsSensitivity";
        public const string WaitingFor = "resource.waitingFor";
    }

    public static class Container
    {
        public const string Id = "container.id";
        public const string Image = "container.image";
        public const string Ports = "container.ports";
        public const string Command = "container.command";
        public const string Args = "container.args";
        public const string Lifetime = "container.lifetime";
    }

    public static class Executable
    {
        public const string Path = "executable.path";
        public const string WorkDir = "executable.workDir";
        public const string Args = "executable.args";
        public const string Pid = "executable.pid";
    }

    public static class Project
    {
        public const string Path = "project.path";
        public const string LaunchProfile = "project.launchProfile";
    }

    public static class Parameter
    {
        public const string Value = "Value";
    }
}

/// <summary>A Postgres-like literal default: always the same value.</summary>
internal sealed class ConstantParameterDefault(Func<string> valueGetter) : ParameterDefault
{
    private string? _value;
    private bool _hasValue;

    public ConstantParameterDefault(string value)
        : this(() => value)
    {
    }

    public override string GetDefaultValue()
    {
        if (!_hasValue)
        {
            _value = valueGetter();
            _hasValue = true;
        }

        return _value!;
    }

    public override void WriteToManifest(Aspire.Hosting.Publishing.ManifestPublishingContext context) =>
        context.Writer.WriteString("value", GetDefaultValue());
}

internal static class InvariantNumbers
{
    public static string ToInvariant(this int value) => value.ToString(CultureInfo.InvariantCulture);
}
