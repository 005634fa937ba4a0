namespace Aspire.Hosting.ApplicationModel;

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
