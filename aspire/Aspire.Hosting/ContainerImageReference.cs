namespace Aspire.Hosting;

/// <summary>The parts of <c>registry:5000/team/app:1.2@sha256:ab…</c>; null where a part is missing.</summary>
internal sealed record ContainerImageReference(string? Registry, string Image, string? Tag, string? Digest)
{
    private const string DigestPrefix = "sha256:";

    /// <summary>The first part is a registry when it can't be a folder: it has a dot or a port, or is <c>localhost</c>.</summary>
    /// <exception cref="ArgumentException">The reference is empty or has an empty part.</exception>
    public static ContainerImageReference Parse(string reference)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reference);
        var rest = reference;
        string? digest = null;
        if (rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            digest = rest[(at + 1)..];
            digest = digest.StartsWith(DigestPrefix, StringComparison.Ordinal) ? digest[DigestPrefix.Length..] : digest;
            rest = rest[..at];
        }

        string? tag = null;
        if (rest.LastIndexOf(':') is >= 0 and var colon && colon > rest.LastIndexOf('/'))
        {
            tag = rest[(colon + 1)..];
            rest = rest[..colon];
        }

        string? registry = null;
        if (rest.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash && IsRegistry(rest[..slash]))
        {
            registry = rest[..slash];
            rest = rest[(slash + 1)..];
        }

        return rest.Length == 0 || tag is { Length: 0 } || digest is { Length: 0 }
            ? throw new ArgumentException($"'{reference}' is not an image reference.", nameof(reference))
            : new ContainerImageReference(registry, rest, tag, digest);
    }

    private static bool IsRegistry(string text) => text == "localhost" || text.AsSpan().ContainsAny('.', ':');
}
