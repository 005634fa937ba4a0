using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Publishing;

/// <summary>The manifest entry of a container: <c>container.v0</c> from an image, <c>container.v1</c> from a Dockerfile.</summary>
internal static class ContainerWriter
{
    public static async Task WriteAsync(ManifestPublishingContext context, ContainerResource container)
    {
        var writer = context.Writer;
        if (container.TryGetLastAnnotation<DockerfileBuildAnnotation>(out var build))
        {
            writer.WriteString("type", "container.v1");
            context.WriteConnectionString(container);
            WriteBuild(context, build);
        }
        else
        {
            if (!container.TryGetContainerImageName(out var image))
            {
                throw new DistributedApplicationException($"Could not get the container image name for resource '{container.Name}'.");
            }

            writer.WriteString("type", "container.v0");
            context.WriteConnectionString(container);
            writer.WriteString("image", image);
        }

        if (container.Entrypoint is { } entrypoint)
        {
            writer.WriteString("entrypoint", entrypoint);
        }

        await context.WriteCommandLineArgumentsAsync(container);
        WriteMounts(context, container);
        await context.WriteEnvironmentVariablesAsync(container);
        context.WriteBindings(container);
    }

    private static void WriteBuild(ManifestPublishingContext context, DockerfileBuildAnnotation build)
    {
        var writer = context.Writer;
        writer.WriteStartObject("build");
        writer.WriteString("context", context.GetManifestRelativePath(build.ContextPath));
        writer.WriteString("dockerfile", context.GetManifestRelativePath(build.DockerfilePath));
        if (build.Stage is { } stage)
        {
            writer.WriteString("stage", stage);
        }

        if (!build.HasEntrypoint)
        {
            writer.WriteBoolean("buildOnly", true);
        }

        if (build.BuildArguments.Count > 0)
        {
            writer.WriteStartObject("args");
            foreach (var (name, value) in build.BuildArguments)
            {
                writer.WriteString(name, BuildValue(context, value));
            }

            writer.WriteEndObject();
        }

        if (build.BuildSecrets.Count > 0)
        {
            writer.WriteStartObject("secrets");
            foreach (var (name, value) in build.BuildSecrets)
            {
                WriteSecret(context, name, value);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteSecret(ManifestPublishingContext context, string name, object value)
    {
        context.Writer.WriteStartObject(name);
        if (value is FileInfo file)
        {
            context.Writer.WriteString("type", "file");
            context.Writer.WriteString("source", context.GetManifestRelativePath(file.FullName));
        }
        else
        {
            context.Writer.WriteString("type", "env");
            context.Writer.WriteString("value", BuildValue(context, value));
        }

        context.Writer.WriteEndObject();
    }

    /// <summary>Null stays null: the engine then takes the value from its own environment. Booleans in the lower case of Dockerfiles.</summary>
    private static string? BuildValue(ManifestPublishingContext context, object? value) => value switch
    {
        null => null,
        bool flag => flag ? "true" : "false",
        _ => context.TextOf(value),
    };

    private static void WriteMounts(ManifestPublishingContext context, ContainerResource container)
    {
        var mounts = container.Annotations.OfType<ContainerMountAnnotation>().ToLookup(m => m.Type);
        var writer = context.Writer;
        if (mounts[ContainerMountType.BindMount].Any())
        {
            writer.WriteStartArray("bindMounts");
            foreach (var mount in mounts[ContainerMountType.BindMount])
            {
                writer.WriteStartObject();
                writer.WriteString("source", context.GetManifestRelativePath(mount.Source));
                writer.WriteString("target", mount.Target.Replace('\\', '/'));
                writer.WriteBoolean("readOnly", mount.IsReadOnly);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        if (mounts[ContainerMountType.Volume].Any())
        {
            writer.WriteStartArray("volumes");
            foreach (var mount in mounts[ContainerMountType.Volume])
            {
                WriteVolume(writer, mount);
            }

            writer.WriteEndArray();
        }
    }

    /// <summary>An anonymous volume has no name.</summary>
    private static void WriteVolume(Utf8JsonWriter writer, ContainerMountAnnotation mount)
    {
        writer.WriteStartObject();
        if (mount.Source is { } name)
        {
            writer.WriteString("name", name);
        }

        writer.WriteString("target", mount.Target);
        writer.WriteBoolean("readOnly", mount.IsReadOnly);
        writer.WriteEndObject();
    }
}
