using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ContainerResourceBuilderExtensions
{
    /// <param name="contextPath">Relative to the AppHost's folder.</param>
    /// <param name="dockerfilePath">Relative to the context; null: <c>Dockerfile</c>.</param>
    /// <param name="stage">Null: the last one.</param>
    public static IResourceBuilder<ContainerResource> AddDockerfile(
        this IDistributedApplicationBuilder builder,
        string name,
        string contextPath,
        string? dockerfilePath = null,
        string? stage = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentException.ThrowIfNullOrEmpty(contextPath);
        return builder.AddResource(new ContainerResource(name))
            .WithImage("placeholder")
            .WithDockerfile(contextPath, dockerfilePath, stage);
    }

    /// <inheritdoc cref="AddDockerfile"/>
    public static IResourceBuilder<T> WithDockerfile<T>(
        this IResourceBuilder<T> builder,
        string contextPath,
        string? dockerfilePath = null,
        string? stage = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(contextPath);
        var context = Path.GetFullPath(contextPath, builder.ApplicationBuilder.AppHostDirectory);
        var dockerfile = Path.GetFullPath(dockerfilePath ?? "Dockerfile", context);
        var image = builder.Resource.Name.ToLowerInvariant();
        var tag = TagOf(builder.Resource);
        builder.WithAnnotation(
            new DockerfileBuildAnnotation(context, dockerfile, stage) { ImageName = image, ImageTag = tag },
            ResourceAnnotationMutationBehavior.Replace);
        return builder.WithImageRegistry(registry: null).WithImage(image, tag);
    }

    /// <param name="value">Text, a number, a boolean (written in small letters), or anything with a value; null: from the build's environment.</param>
    /// <exception cref="InvalidOperationException">The container is not built from a Dockerfile.</exception>
    public static IResourceBuilder<T> WithBuildArg<T>(this IResourceBuilder<T> builder, string name, object? value)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        BuildOf(builder).BuildArguments[name] = value switch
        {
            bool flag => flag ? "true" : "false",
            IResourceBuilder<IResource> other => other.Resource,
            IFormattable number => number.ToString(format: null, CultureInfo.InvariantCulture),
            _ => value,
        };
        return builder;
    }

    /// <exception cref="InvalidOperationException">The parameter is secret, or the container is not built from a Dockerfile.</exception>
    public static IResourceBuilder<T> WithBuildArg<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> value)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.Resource.Secret
            ? throw new InvalidOperationException("Cannot add secret parameter as a build argument. Use WithBuildSecret instead.")
            : builder.WithBuildArg(name, (object)value.Resource);
    }

    /// <exception cref="InvalidOperationException">The container is not built from a Dockerfile.</exception>
    public static IResourceBuilder<T> WithBuildSecret<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> value)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        BuildOf(builder).BuildSecrets[name] = value.Resource;
        return builder;
    }

    private static DockerfileBuildAnnotation BuildOf<T>(IResourceBuilder<T> builder)
        where T : ContainerResource =>
        builder.Resource.Annotations.OfType<DockerfileBuildAnnotation>().LastOrDefault() ?? throw new InvalidOperationException(
            "The resource does not have a Dockerfile build annotation. Call WithDockerfile before calling WithBuildArg or WithBuildSecret.");

    /// <summary>40 hex digits, new in every run: an image that was built before must not be taken for this one.</summary>
    private static string TagOf(ContainerResource resource)
    {
        var seed = Encoding.UTF8.GetBytes(resource.Name).Concat(RandomNumberGenerator.GetBytes(32)).ToArray();
        return Convert.ToHexStringLower(SHA256.HashData(seed))[..40];
    }
}
