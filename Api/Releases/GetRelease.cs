using Slipway.Api.Cache;

namespace Slipway.Api.Releases;

internal static class GetRelease
{
    public static async Task<IResult> ByIdAsync(Guid id, ReleaseStore store, StampedCache cache, CancellationToken cancellationToken) =>
        await store.StampAsync(id, cancellationToken) is { } stamp
            ? await BodyAsync(id, stamp, id.ToString(), store, cache, cancellationToken)
            : ReleaseProblems.NoRelease(id.ToString());

    public static async Task<IResult> ByVersionAsync(
        string name, string version, ReleaseStore store, StampedCache cache, CancellationToken cancellationToken)
    {
        var valid = Application.NameForm().IsMatch(name) && Release.VersionForm().IsMatch(version);
        var found = valid ? await store.FindAsync(name.ToLowerInvariant(), version, cancellationToken) : null;
        return found is { } release
            ? await BodyAsync(release.Id, release.Stamp, version, store, cache, cancellationToken)
            : ReleaseProblems.NoRelease($"{name} {version}");
    }

    private static async Task<IResult> BodyAsync(
        Guid id, Guid stamp, string shown, ReleaseStore store, StampedCache cache, CancellationToken cancellationToken) =>
        await cache.GetAsync("release", stamp, part: "", ending => store.GetAsync(id, ending), cancellationToken) as IResult
        ?? ReleaseProblems.NoRelease(shown);
}
