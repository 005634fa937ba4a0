using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Aspire.Hosting.Dcp;

/// <summary>A kind of object in the orchestrator's API, with the path that lists it.</summary>
internal interface IDcpObject<TSelf>
    where TSelf : IDcpObject<TSelf>
{
    static abstract string Plural { get; }

    static abstract JsonTypeInfo<TSelf> TypeInfo { get; }

    static abstract JsonTypeInfo<DcpWatchEvent<TSelf>> WatchTypeInfo { get; }

    DcpMetadata Metadata { get; }
}

internal sealed class DcpMetadata
{
    /// <summary>Letters, digits and <c>-_.~</c>, at most 253; case counts.</summary>
    public required string Name { get; init; }

    /// <summary>Given by the orchestrator; differs between two objects that had the same name one after the other.</summary>
    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>Set once deletion was asked for.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    public Dictionary<string, string>? Annotations { get; init; }

    public List<DcpOwnerReference>? OwnerReferences { get; init; }
}

internal sealed record DcpOwnerReference(string Kind, string Name);

internal abstract class DcpObject(string kind)
{
    public string ApiVersion { get; init; } = "usvc-dev.developer.microsoft.com/v1";

    public string Kind { get; init; } = kind;

    public required DcpMetadata Metadata { get; init; }
}

/// <summary>One change of an object; the first ones repeat what exists.</summary>
/// <param name="Type"><c>ADDED</c>, <c>MODIFIED</c>, <c>DELETED</c>; others are ignored.</param>
internal sealed record DcpWatchEvent<T>(string Type, T Object);

internal sealed record DcpEnvVar(string Name, string? Value);

/// <summary>A public address with a proxy behind it that spreads connections over the endpoints.</summary>
internal sealed class DcpService() : DcpObject("Service"), IDcpObject<DcpService>
{
    public static string Plural => "services";

    public static JsonTypeInfo<DcpService> TypeInfo => DcpJson.Default.DcpService;

    public static JsonTypeInfo<DcpWatchEvent<DcpService>> WatchTypeInfo => DcpJson.Default.DcpWatchEventDcpService;

    public required DcpServiceSpec Spec { get; init; }

    public DcpServiceStatus? Status { get; init; }
}

internal sealed class DcpServiceSpec
{
    public string? Address { get; init; }

    /// <summary>Null: chosen by the orchestrator.</summary>
    public int? Port { get; set; }

    public string Protocol { get; init; } = "TCP";

    public string AddressAllocationMode { get; init; } = "Localhost";
}

internal sealed class DcpServiceStatus
{
    public string? State { get; init; }

    public string? EffectiveAddress { get; init; }

    public int? EffectivePort { get; init; }
}

/// <summary>A listening process behind a service; made by the orchestrator.</summary>
internal sealed class DcpEndpoint() : DcpObject("Endpoint"), IDcpObject<DcpEndpoint>
{
    public static string Plural => "endpoints";

    public static JsonTypeInfo<DcpEndpoint> TypeInfo => DcpJson.Default.DcpEndpoint;

    public static JsonTypeInfo<DcpWatchEvent<DcpEndpoint>> WatchTypeInfo => DcpJson.Default.DcpWatchEventDcpEndpoint;

    public DcpEndpointSpec? Spec { get; init; }
}

internal sealed record DcpEndpointSpec(string? ServiceName, string? Address, int? Port);

internal sealed class DcpExecutable() : DcpObject("Executable"), IDcpObject<DcpExecutable>
{
    public static string Plural => "executables";

    public static JsonTypeInfo<DcpExecutable> TypeInfo => DcpJson.Default.DcpExecutable;

    public static JsonTypeInfo<DcpWatchEvent<DcpExecutable>> WatchTypeInfo => DcpJson.Default.DcpWatchEventDcpExecutable;

    public required DcpExecutableSpec Spec { get; init; }

    public DcpExecutableStatus? Status { get; init; }
}

internal sealed class DcpExecutableSpec
{
    public required string ExecutablePath { get; init; }

    public string? WorkingDirectory { get; init; }

    public List<string>? Args { get; set; }

    public List<DcpEnvVar>? Env { get; set; }

    public string ExecutionType { get; init; } = "Process";

    public DcpAmbientEnvironment AmbientEnvironment { get; init; } = new();

    public bool? Start { get; set; }
}

internal sealed record DcpAmbientEnvironment;

internal sealed class DcpExecutableStatus
{
    public int? Pid { get; init; }

    public string? State { get; init; }

    public DateTimeOffset? StartupTimestamp { get; init; }

    public DateTimeOffset? FinishTimestamp { get; init; }

    public int? ExitCode { get; init; }

    public List<DcpEnvVar>? EffectiveEnv { get; init; }

    public List<string>? EffectiveArgs { get; init; }
}

/// <summary>The network that the containers of a run share.</summary>
internal sealed class DcpContainerNetwork() : DcpObject("ContainerNetwork"), IDcpObject<DcpContainerNetwork>
{
    public static string Plural => "containernetworks";

    public static JsonTypeInfo<DcpContainerNetwork> TypeInfo => DcpJson.Default.DcpContainerNetwork;

    public static JsonTypeInfo<DcpWatchEvent<DcpContainerNetwork>> WatchTypeInfo => DcpJson.Default.DcpWatchEventDcpContainerNetwork;

    public required DcpContainerNetworkSpec Spec { get; init; }
}

internal sealed class DcpContainerNetworkSpec
{
    public required string NetworkName { get; init; }

    public bool? Persistent { get; init; }
}

/// <summary>State of the orchestrator itself.</summary>
internal sealed record DcpExecutionDocument(string Status, string ShutdownResourceCleanup = "Full");

internal sealed record DcpPatch(DcpPatchSpec? Spec = null, DcpPatchMetadata? Metadata = null);

internal sealed record DcpPatchMetadata(IReadOnlyDictionary<string, string> Annotations);

/// <param name="Stop">True stops; it can't be taken back.</param>
/// <param name="Start">True starts an object that was created without starting it.</param>
internal sealed record DcpPatchSpec(bool? Stop = null, bool? Start = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DcpService))]
[JsonSerializable(typeof(DcpEndpoint))]
[JsonSerializable(typeof(DcpExecutable))]
[JsonSerializable(typeof(DcpContainer))]
[JsonSerializable(typeof(DcpContainerNetwork))]
[JsonSerializable(typeof(DcpWatchEvent<DcpService>))]
[JsonSerializable(typeof(DcpWatchEvent<DcpEndpoint>))]
[JsonSerializable(typeof(DcpWatchEvent<DcpExecutable>))]
[JsonSerializable(typeof(DcpWatchEvent<DcpContainer>))]
[JsonSerializable(typeof(DcpWatchEvent<DcpContainerNetwork>))]
[JsonSerializable(typeof(DcpExecutionDocument))]
[JsonSerializable(typeof(DcpPatch))]
internal sealed partial class DcpJson : JsonSerializerContext;
