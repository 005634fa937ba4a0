using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Api.Access;

namespace Slipway.Api.Releases;

/// <summary>Releases to be known, all or none.</summary>
/// <param name="Releases">From 1 to 100, each with a version of its own.</param>
internal sealed record RecordReleasesRequest(IReadOnlyList<RecordReleaseRequest> Releases)
{
    internal const int MaxReleases = 100;

    public static RecordReleasesRequest Read(JsonInput input)
    {
        var request = new RecordReleasesRequest(input.Items("releases", 1, MaxReleases, RecordReleaseRequest.Read));
        input.RefuseOthers();
        var versions = new HashSet<string>(StringComparer.Ordinal);
        if (input.Errors.Count == 0)
        {
            foreach (var (index, repeated) in request.Releases.Index().Where(release => !versions.Add(release.Item.Version)))
            {
                input.RefuseItem("releases", index, $"must not have the version '{repeated.Version}' again");
            }
        }

        return request;
    }
}

/// <summary>What came of a bulk.</summary>
/// <param name="Items">In the order of the request.</param>
internal sealed record RecordedReleases(IReadOnlyList<RecordedRelease> Items);

/// <param name="Outcome">recorded, or same-already when the same was recorded before.</param>
/// <param name="Location">Where it is.</param>
/// <param name="Version">Of the release.</param>
internal sealed record RecordedRelease(RecordOutcome Outcome, string Location, string Version);

internal static class RecordReleases
{
    /// <summary>201 when at least one is new, 200 when the same were recorded before; otherwise nothing was recorded.</summary>
    public static async Task<Results<Created<RecordedReleases>, Ok<RecordedReleases>, ProblemHttpResult>> HandleAsync(
        string name, HttpContext context, ReleaseStore store, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(context, "releases", RecordReleasesRequest.Read);
        if (!body.IsValid)
        {
            return body.Problem;
        }

        if (!Application.NameForm().IsMatch(name))
        {
            return ReleaseProblems.NoApplication(name);
        }

        var (application, actor, now) = (name.ToLowerInvariant(), Client.Of(context).Name, Clock.Now(clock));
        // Ids of one moment are in no order; sorted, the list of releases has the last of the request as the newest.
        var ids = body.Value.Releases.Select(_ => Guid.CreateVersion7(now)).OrderBy(id => id.ToString(), StringComparer.Ordinal);
        var releases = body.Value.Releases.Zip(ids, (release, id) => RecordRelease.New(id, application, release, now)).ToList();
        var outcomes = await store.RecordAllAsync(application, releases, actor, cancellationToken);
        if (outcomes.Count == 0)
        {
            return ReleaseProblems.NoApplication(name);
        }

        if (outcomes.Contains(RecordOutcome.VersionTaken))
        {
            return Taken(application, releases, outcomes);
        }

        var log = loggers.CreateLogger("Slipway.Api.Releases");
        foreach (var release in releases.Zip(outcomes).Where(pair => pair.Second == RecordOutcome.Recorded).Select(pair => pair.First))
        {
            log.ReleaseRecorded(application, release.Version, actor);
        }

        var answer = new RecordedReleases([.. releases.Zip(outcomes, (release, outcome) => new RecordedRelease(outcome, RecordRelease.Location(release), release.Version))]);
        return outcomes.Contains(RecordOutcome.Recorded) ? TypedResults.Created($"/applications/{application}/releases", answer) : TypedResults.Ok(answer);
    }

    private static ProblemHttpResult Taken(string application, List<Release> releases, IReadOnlyList<RecordOutcome> outcomes) => Problems.Of(
        StatusCodes.Status409Conflict, "releases:versions-taken", "Some versions stand for other releases.",
        $"Nothing was recorded for {application}; a release is immutable, take other versions for those in 'errors'.",
        new Dictionary<string, object?>
        {
            ["errors"] = outcomes.Index().Where(outcome => outcome.Item == RecordOutcome.VersionTaken).ToDictionary(
                outcome => FormattableString.Invariant($"$.releases[{outcome.Index}].version"),
                outcome => new[] { $"'{releases[outcome.Index].Version}' was recorded with other content" }),
        });
}
