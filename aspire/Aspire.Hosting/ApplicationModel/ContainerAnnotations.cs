using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.ApplicationModel;

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
