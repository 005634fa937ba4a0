using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Api.Releases;

/// <summary>The problems that several use cases of the slice have in common.</summary>
internal static class ReleaseProblems
{
    public static ProblemHttpResult NoApplication(string name) => Problems.Of(
        StatusCodes.Status404NotFound, "releases:application-not-found", "There is no such application.", $"No application is registered as '{Shown(name)}'.");

    public static ProblemHttpResult NoRelease(string which) => Problems.Of(
        StatusCodes.Status404NotFound, "releases:not-found", "There is no such release.", $"No release is recorded as '{Shown(which)}'.");

    public static ProblemHttpResult NotFromThisState(Release release, ReleaseCommand command) => Problems.Of(
        StatusCodes.Status409Conflict, "releases:not-from-this-state", "The release's state doesn't allow this command.",
        $"Release {release.Version} of {release.Application} is {ApiJson.Name(release.State)}, from where '{ApiJson.Name(command)}' is not allowed.",
        new Dictionary<string, object?>
        {
            ["state"] = ApiJson.Name(release.State),
            ["allowedCommands"] = release.AllowedCommands.Select(ApiJson.Name).ToArray(),
        });

    public static ProblemHttpResult Changed(Release release, Guid stamp) => Problems.Of(
        StatusCodes.Status412PreconditionFailed, "releases:changed", "The release isn't the one that If-Match names.",
        $"Release {release.Version} of {release.Application} has changed since; read it again before you decide.",
        new Dictionary<string, object?> { ["state"] = ApiJson.Name(release.State), ["etag"] = EntityTags.Of(stamp) });

    /// <summary>Sent back in part only: it may be anything.</summary>
    private static string Shown(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
