using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Slipway.Api.Releases;

/// <summary>Build, configuration, schema and version of an application: immutable but for its state.</summary>
/// <param name="Id">Given when it was recorded.</param>
/// <param name="Application">The application's name.</param>
/// <param name="Version">Unique in the application; case matters.</param>
/// <param name="Digest">Of all that identifies it: equal digests are the same release.</param>
/// <param name="Artifacts">What it consists of.</param>
/// <param name="ConfigurationDigest">Null when it has none.</param>
/// <param name="SchemaVersion">The database schema that it needs; null when it needs none.</param>
/// <param name="Notes">For people; may be empty.</param>
/// <param name="RecordedAt">In UTC.</param>
/// <param name="State">Where it is now.</param>
/// <param name="Transitions">How it came there, the oldest first.</param>
internal sealed partial record Release(
    Guid Id, string Application, string Version, string Digest, IReadOnlyList<Artifact> Artifacts, string? ConfigurationDigest, int? SchemaVersion,
    string Notes, DateTimeOffset RecordedAt, ReleaseState State, IReadOnlyList<ReleaseTransition> Transitions)
{
    public const int MaxVersionLength = 64;
    public const int MaxArtifacts = 100;
    public const int MaxNotesLength = 4000;
    public const string VersionRule = "must have letters, digits and . + _ - only, and begin with a letter or digit";
    public const string DigestRule = "must be sha256: and 64 lower-case hexadecimal digits";

    public const string VersionPattern = "[A-Za-z0-9][A-Za-z0-9.+_-]*";
    public const string DigestPattern = "sha256:[0-9a-f]{64}";

    /// <summary>What it accepts now.</summary>
    public IReadOnlyList<ReleaseCommand> AllowedCommands => State.Commands();

    /// <summary>Any semantic version, and names of builds such as <c>2026-11-21.3</c>.</summary>
    [GeneratedRegex($"^{VersionPattern}\\z")]
    public static partial Regex VersionForm();

    /// <summary>As in the OCI image specification, "Digests".</summary>
    [GeneratedRegex($"^{DigestPattern}\\z")]
    public static partial Regex DigestForm();

    /// <summary>SHA-256 over a canonical text; the artifacts' order doesn't matter, and notes don't belong to it.</summary>
    public static string DigestOf(string version, IEnumerable<Artifact> artifacts, string? configurationDigest, int? schemaVersion)
    {
        var identity = new object?[] { 1, version, artifacts.OrderBy(artifact => artifact.Name, StringComparer.Ordinal), configurationDigest, schemaVersion };
        return $"sha256:{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(identity, ApiJson.Options)))}";
    }
}

/// <summary>One image or file of a release.</summary>
/// <param name="Name">Unique in the release: the name of the resource that it is for.</param>
/// <param name="Image">Where it is: an image reference, or the URL of a file.</param>
/// <param name="Digest">Of its content: sha256 and 64 hexadecimal digits.</param>
internal sealed record Artifact(string Name, string Image, string Digest);

/// <summary>A release in a list.</summary>
internal sealed record ReleaseSummary(Guid Id, string Version, string Digest, ReleaseState State, DateTimeOffset RecordedAt);

/// <summary>One change of a release's state.</summary>
/// <param name="Command">What was asked for.</param>
/// <param name="From">Null for the first.</param>
/// <param name="To">The state from then on.</param>
/// <param name="Reason">In the words of who asked.</param>
/// <param name="Actor">Who asked.</param>
/// <param name="At">In UTC.</param>
internal sealed record ReleaseTransition(ReleaseCommand Command, ReleaseState? From, ReleaseState To, string Reason, string Actor, DateTimeOffset At);
