using System.Text.Json.Serialization.Metadata;

namespace Aspire.Hosting.Dcp;

internal sealed class DcpContainer() : DcpObject("Container"), IDcpObject<DcpContainer>
{
    public static string Plural => "containers";

    public static JsonTypeInfo<DcpContainer> TypeInfo => DcpJson.Default.DcpContainer;

    public static JsonTypeInfo<DcpWatchEvent<DcpContainer>> WatchTypeInfo => DcpJson.Default.DcpWatchEventDcpContainer;

    public required DcpContainerSpec Spec { get; init; }

    public DcpContainerStatus? Status { get; init; }
}

internal sealed class DcpContainerSpec
{
    public string? Image { get; init; }

    /// <summary>Null: the image exists or is pulled.</summary>
    public DcpContainerBuild? Build { get; set; }

    public string? ContainerName { get; init; }

    public List<DcpVolumeMount>? VolumeMounts { get; init; }

    public List<DcpContainerPort>? Ports { get; init; }

    public List<DcpEnvVar>? Env { get; set; }

    public string RestartPolicy { get; init; } = "no";

    /// <summary>Entrypoint; null: the image's own.</summary>
    public string? Command { get; init; }

    public List<string>? Args { get; set; }

    /// <summary>False: created and left alone until it is patched to true; null: started.</summary>
    public bool? Start { get; set; }

    public List<DcpContainerNetworkUse>? Networks { get; init; }

    public bool? Persistent { get; init; }

    public List<string>? RunArgs { get; set; }

    /// <summary><c>always</c>, <c>missing</c>, <c>never</c>; null: the engine's default.</summary>
    public string? PullPolicy { get; init; }

    public List<DcpCreateFiles>? CreateFiles { get; set; }
}

internal sealed class DcpContainerBuild
{
    public required string Context { get; init; }

    public string? Dockerfile { get; init; }

    public List<DcpEnvVar>? Args { get; set; }

    public List<DcpBuildSecret>? Secrets { get; set; }

    public string? Stage { get; init; }
}

internal sealed record DcpBuildSecret(string Type, string Id, string? Value, string? Source);

internal sealed record DcpVolumeMount(string Type, string? Source, string Target, bool? ReadOnly);

internal sealed record DcpContainerPort(int? HostPort, int ContainerPort, string Protocol, string? HostIP = null);

internal sealed record DcpContainerNetworkUse(string Name, List<string> Aliases);

internal sealed class DcpCreateFiles
{
    public required string Destination { get; init; }

    public int? DefaultOwner { get; init; }

    public int? DefaultGroup { get; init; }

    public int? Umask { get; init; }

    public required List<DcpFileEntry> Entries { get; init; }
}

internal sealed class DcpFileEntry
{
    /// <summary><c>file</c> or <c>directory</c>.</summary>
    public required string Type { get; init; }

    public required string Name { get; init; }

    public int? Owner { get; init; }

    public int? Group { get; init; }

    /// <summary>Permission bits as a decimal number: 420 is 0644.</summary>
    public int? Mode { get; init; }

    public string? Contents { get; init; }

    public string? Source { get; init; }

    public bool? ContinueOnError { get; init; }

    public List<DcpFileEntry>? Entries { get; init; }
}

internal sealed class DcpContainerStatus
{
    public string? State { get; init; }

    public string? ContainerId { get; init; }

    /// <summary>Why the container could not start.</summary>
    public string? Message { get; init; }

    public DateTimeOffset? StartupTimestamp { get; init; }

    public DateTimeOffset? FinishTimestamp { get; init; }

    /// <summary>-1: unknown.</summary>
    public int? ExitCode { get; init; }

    public List<DcpEnvVar>? EffectiveEnv { get; init; }

    public List<string>? EffectiveArgs { get; init; }
}
