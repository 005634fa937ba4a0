using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ContainerResourceBuilderExtensions
{
    /// <summary>A named volume; it outlives the run.</summary>
    /// <param name="name">Null: an anonymous volume.</param>
    /// <param name="target">Folder in the container.</param>
    public static IResourceBuilder<T> WithVolume<T>(this IResourceBuilder<T> builder, string? name, string target, bool isReadOnly = false)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(target);
        return builder.WithAnnotation(new ContainerMountAnnotation(name, target, ContainerMountType.Volume, isReadOnly));
    }

    /// <summary>An anonymous volume.</summary>
    public static IResourceBuilder<T> WithVolume<T>(this IResourceBuilder<T> builder, string target)
        where T : ContainerResource =>
        builder.WithVolume(name: null, target);

    /// <param name="source">Folder or file of the host, relative to the AppHost's folder.</param>
    public static IResourceBuilder<T> WithBindMount<T>(this IResourceBuilder<T> builder, string source, string target, bool isReadOnly = false)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        var path = Path.GetFullPath(source, builder.ApplicationBuilder.AppHostDirectory);
        return builder.WithAnnotation(new ContainerMountAnnotation(path, target, ContainerMountType.BindMount, isReadOnly));
    }

    /// <summary>Puts files into the container before it starts.</summary>
    /// <param name="defaultOwner">User id; null: 0.</param>
    /// <param name="defaultGroup">Group id; null: 0.</param>
    /// <param name="umask">Null: the orchestrator's default, 022.</param>
    public static IResourceBuilder<T> WithContainerFiles<T>(
        this IResourceBuilder<T> builder,
        string destinationPath,
        IEnumerable<ContainerFileSystemItem> entries,
        int? defaultOwner = null,
        int? defaultGroup = null,
        UnixFileMode? umask = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(entries);
        return builder.WithContainerFiles(destinationPath, (_, _) => Task.FromResult(entries), defaultOwner, defaultGroup, umask);
    }

    /// <inheritdoc cref="WithContainerFiles{T}(IResourceBuilder{T}, string, IEnumerable{ContainerFileSystemItem}, int?, int?, UnixFileMode?)"/>
    public static IResourceBuilder<T> WithContainerFiles<T>(
        this IResourceBuilder<T> builder,
        string destinationPath,
        Func<ContainerFileSystemCallbackContext, CancellationToken, Task<IEnumerable<ContainerFileSystemItem>>> callback,
        int? defaultOwner = null,
        int? defaultGroup = null,
        UnixFileMode? umask = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(destinationPath);
        ArgumentNullException.ThrowIfNull(callback);
        return builder.WithAnnotation(new ContainerFileSystemCallbackAnnotation
        {
            DestinationPath = destinationPath,
            Callback = callback,
            DefaultOwner = defaultOwner,
            DefaultGroup = defaultGroup,
            Umask = umask,
        });
    }

    /// <summary>Copies a file or the content of a folder of the host into the container before it starts; in the manifest it is a read-only bind mount.</summary>
    /// <param name="sourcePath">Relative to the AppHost's folder.</param>
    /// <exception cref="InvalidOperationException">At start: the source does not exist.</exception>
    public static IResourceBuilder<T> WithContainerFiles<T>(
        this IResourceBuilder<T> builder,
        string destinationPath,
        string sourcePath,
        int? defaultOwner = null,
        int? defaultGroup = null,
        UnixFileMode? umask = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(sourcePath);
        var path = Path.GetFullPath(sourcePath, builder.ApplicationBuilder.AppHostDirectory);
        if (builder.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            return builder.WithBindMount(path, destinationPath, isReadOnly: true);
        }

        return builder.WithContainerFiles(destinationPath, (_, _) => Task.FromResult<IEnumerable<ContainerFileSystemItem>>(ReadSource(path)), defaultOwner, defaultGroup, umask);
    }

    private static ContainerFileSystemItem[] ReadSource(string path)
    {
        if (File.Exists(path))
        {
            return [new ContainerFile { Name = Path.GetFileName(path), SourcePath = path }];
        }

        return Directory.Exists(path)
            ? ReadFolder(path)
            : throw new InvalidOperationException($"The source path '{path}' does not exist. Ensure the path is correct and accessible.");
    }

    private static ContainerFileSystemItem[] ReadFolder(string path) =>
    [
        .. Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal)
            .Select(d => new ContainerDirectory { Name = Path.GetFileName(d), Entries = ReadFolder(d) }),
        .. Directory.EnumerateFiles(path).Order(StringComparer.Ordinal)
            .Select(f => new ContainerFile { Name = Path.GetFileName(f), SourcePath = f }),
    ];
}
