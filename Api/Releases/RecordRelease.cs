using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Api.Access;

namespace Slipway.Api.Releases;

/// <summary>A release to be known.</summary>
/// <param name="Version">A semantic version or another name of the build; letters, digits and . + _ - only.</param>
/// <param name="Artifacts">From 1 to 100, each with a name of its own.</param>
/// <param name="ConfigurationDigest">sha256 and 64 hexadecimal digits; may be absent.</param>
/// <param name="SchemaVersion">The database schema that it needs; may be absent.</param>
/// <param name="Notes">For people; may be absent.</param>
internal sealed record RecordReleaseRequest(
    string Version, IReadOnlyList<Artifact> Artifacts, string? ConfigurationDigest = null, int? SchemaVersion = null, string? Notes = null)
{
    internal const int MaxArtifactNameLength = 63;
    internal const int MaxImageLength = 500;
    internal const int DigestLength = 71;

    public static RecordReleaseRequest Read(JsonInput input)
    {
        var request = new RecordReleaseRequest(
            input.Text("version", Release.MaxVersionLength, Release.VersionForm(), Release.VersionRule),
            input.Items("artifacts", 1, Release.MaxArtifacts, ReadArtifact),
            input.OptionalText("configurationDigest", DigestLength, Release.DigestForm(), Release.DigestRule),
            input.OptionalInteger("schemaVersion", 0, int.MaxValue),
            input.FreeText("notes", Release.MaxNotesLength));
        input.RefuseOthers();
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (input.Errors.Count == 0 && request.Artifacts.FirstOrDefault(artifact => !names.Add(artifact.Name)) is { } repeated)
        {
            input.Refuse("artifacts", $"must not have the name '{repeated.Name}' twice");
        }

        return request;
    }

    private static Artifact ReadArtifact(JsonInput input)
    {
        var artifact = new Artifact(
            input.Text("name", MaxArtifactNameLength, Application.NameForm(), Application.NameRule).ToLowerInvariant(),
            input.Text("image", MaxImageLength),
            input.Text("digest", DigestLength, Release.DigestForm(), Release.DigestRule));
        input.RefuseOthers();
        return artifact;
    }
}

internal static class RecordRelease
{
    /// <summary>201 when it is new, 200 when the same was recorded before: a request may be repeated.</summary>
    public static async Task<Results<Created<Release>, Ok<Release>, ProblemHttpResult>> HandleAsync(
        string name, HttpContext context, ReleaseStore store, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(context, "releases", RecordReleaseRequest.Read);
        if (!body.IsValid)
        {
            return body.Problem;
        }

        if (!Application.NameForm().IsMatch(name))
        {
            return ReleaseProblems.NoApplication(name);
        }

        var actor = Client.Of(context).Name;
        var now = Clock.Now(clock);
        var release = New(Guid.CreateVersion7(now), name.ToLowerInvariant(), body.Value, now);
        var outcome = await store.RecordAsync(release, actor, cancellationToken);
        var location = Location(release);
        if (outcome is RecordOutcome.NoApplication)
        {
            return ReleaseProblems.NoApplication(name);
        }

        if (outcome is RecordOutcome.VersionTaken)
        {
            return Problems.Of(
                StatusCodes.Status409Conflict, "releases:version-taken", "The version stands for another release.",
                $"Version {release.Version} of {release.Application} was recorded with other content; a release is immutable, take another version.",
                new Dictionary<string, object?> { ["existing"] = location });
        }

        var stored = (await store.FindAsync(release.Application, release.Version, cancellationToken))!.Value;
        var (stamp, answer) = (await store.GetAsync(stored.Id, cancellationToken))!.Value;
        context.Response.Headers.ETag = EntityTags.Of(stamp);
        if (outcome is RecordOutcome.SameAlready)
        {
            return TypedResults.Ok(answer);
        }

        loggers.CreateLogger("Slipway.Api.Releases").ReleaseRecorded(release.Application, release.Version, actor);
        return TypedResults.Created(location, answer);
    }

    internal static string Location(Release release) => $"/applications/{release.Application}/releases/{Uri.EscapeDataString(release.Version)}";

    internal static Release New(Guid id, string application, RecordReleaseRequest request, DateTimeOffset now) => new(
        id, application, request.Version,
        Release.DigestOf(request.Version, request.Artifacts, request.ConfigurationDigest, request.SchemaVersion),
        request.Artifacts, request.ConfigurationDigest, request.SchemaVersion, request.Notes ?? "", now, ReleaseState.Recorded, []);
}
