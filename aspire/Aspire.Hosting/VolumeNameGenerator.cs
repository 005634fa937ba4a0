using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Names of volumes that belong to one application and resource.</summary>
public static class VolumeNameGenerator
{
    /// <summary>Characters of the AppHost's hash that the name carries.</summary>
    private const int HashLength = 10;

    /// <summary><c>product.apphost-791711ef74-postgres-data</c>; differs between run and publish, as the AppHost's hash does.</summary>
    /// <exception cref="ArgumentException">The suffix has characters that a volume's name can't have.</exception>
    public static string Generate<T>(IResourceBuilder<T> builder, string suffix)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(suffix);
        if (suffix != Sanitize(suffix))
        {
            throw new ArgumentException($"The suffix '{suffix}' contains invalid characters. It must match [a-zA-Z0-9][a-zA-Z0-9_.-]*.", nameof(suffix));
        }

        var application = Sanitize(builder.ApplicationBuilder.Environment.ApplicationName).ToLowerInvariant();
        var hash = builder.ApplicationBuilder.Configuration["AppHost:Sha256"]![..HashLength].ToLowerInvariant();
        return $"{application}-{hash}-{builder.Resource.Name}-{suffix}";
    }

    /// <summary>Other characters than the engine allows become underscores.</summary>
    internal static string Sanitize(string name) => string.Create(name.Length, name, static (target, source) =>
    {
        for (var i = 0; i < source.Length; i++)
        {
            var c = source[i];
            var allowed = char.IsAsciiLetterOrDigit(c) || (i > 0 && (c is '_' or '.' or '-'));
            target[i] = allowed ? c : '_';
        }
    });
}
