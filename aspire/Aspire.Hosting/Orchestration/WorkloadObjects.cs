using System.Text.Json;
using System.Text.Json.Serialization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;

namespace Aspire.Hosting.Orchestration;

/// <summary>Builds the orchestrator's objects for processes.</summary>
internal sealed class WorkloadObjects(ProjectLaunch launch)
{
    private const string LaunchConfigurations = "executable.usvc-dev.developer.microsoft.com/launch-configurations";

    public DcpExecutable Executable(AppInstance instance, ResolvedConfiguration configuration)
    {
        var resource = instance.Owner;
        var (path, folder) = ProjectLaunch.ProgramOf(resource);
        var annotations = CommonAnnotations(instance);
        annotations["resource-replica-count"] = resource.Instances.Count.ToInvariant();
        annotations["resource-replica-index"] = instance.Id.Index.ToInvariant();
        IReadOnlyList<string> tool = [];
        IReadOnlyList<string> profile = [];
        if (resource.Kind == AppResourceKind.Project)
        {
            tool = launch.ToolArguments(resource.Model);
            profile = ProjectLaunch.ProfileArguments(resource.Model, tool);
            annotations["resource-project-args"] = Json(tool);
            annotations[LaunchConfigurations] = Json(new[] { new LaunchConfiguration(string.Empty, false, ProjectLaunch.ProjectPathOf(resource.Model), "project", "NoDebug") });
        }

        var arguments = profile.Select(a => new ResolvedArgument(a, IsSensitive: false))
            .Concat(configuration.Arguments)
            .Select((a, i) => new LaunchArgument(DcpTemplates.Escape(a.Value), a.IsSensitive, tool.Count + i))
            .ToArray();
        instance.LaunchArguments = arguments;
        annotations["resource-app-args"] = Json(arguments);
        return new DcpExecutable
        {
            Metadata = new DcpMetadata { Name = instance.Name, Annotations = annotations },
            Spec = new DcpExecutableSpec
            {
                ExecutablePath = path,
                WorkingDirectory = folder,
                Args = [.. tool, .. arguments.Select(a => a.Argument)],
                Env = [.. configuration.Environment],
            },
        };
    }

    /// <summary>What the telemetry templates, the dashboard and the proxies read.</summary>
    internal static Dictionary<string, string> CommonAnnotations(AppInstance instance)
    {
        var resource = instance.Owner;
        var annotations = new Dictionary<string, string>
        {
            ["resource-name"] = resource.Name,
            ["otel-service-name"] = resource.Name,
            ["otel-service-instance-id"] = resource.Kind == AppResourceKind.Container && resource.IsPersistent ? instance.Name : instance.Id.Suffix,
        };
        if (resource.Services.Count > 0)
        {
            annotations["service-producer"] = Json(Enumerable.Reverse(resource.Services).Select(Producer).ToArray());
        }

        return annotations;
    }

    internal static string Json<T>(T value) => JsonSerializer.Serialize(value, typeof(T), WorkloadJson.Default);

    /// <summary>The port is left open where the process gets one of its own at start.</summary>
    private static ServiceProducer Producer(AppService service) =>
        new(service.ServiceName, EndpointAddresses.Normalize(service.Endpoint.TargetHost).Address, service.Endpoint.TargetPort);
}

internal sealed record ServiceProducer(
    [property: JsonPropertyName("serviceName")] string ServiceName,
    [property: JsonPropertyName("address")] string Address,
    [property: JsonPropertyName("port")] int? Port);

/// <summary>Only an IDE reads it; it is there so that both hosts look alike to those who inspect the objects.</summary>
internal sealed record LaunchConfiguration(
    [property: JsonPropertyName("launch_profile")] string LaunchProfile,
    [property: JsonPropertyName("disable_launch_profile")] bool DisableLaunchProfile,
    [property: JsonPropertyName("project_path")] string ProjectPath,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("mode")] string Mode);

[JsonSerializable(typeof(ServiceProducer[]))]
[JsonSerializable(typeof(LaunchConfiguration[]))]
[JsonSerializable(typeof(LaunchArgument[]))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class WorkloadJson : JsonSerializerContext;
