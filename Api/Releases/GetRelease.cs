using Slipway.Api.Cache;

namespace Slipway.Api.Releases;

internal static class GetRelease
{
    private const string Kind = "release";

    public static async Task<IResult> ByIdAsync(Guid id, ReleaseStore store, CachedReads reads, CancellationToken cancellationToken) =>
        await reads.GetAsync(
            new ReadOf(Kind, id.ToString()), ending => store.StampAsync(id, ending), ending => store.GetAsync(id, ending), cancellationToken) as IResult
        ?? ReleaseProblems.NoRelease(id.ToString());

    public static async Task<IResult> ByVersionAsync(
        string name, string version, ReleaseStore store, CachedReads reads, CancellationToken cancellationToken)
    {
        if (!Application.NameForm().IsMatch(name) || !Release.VersionForm().IsMatch(version))
        {
            return ReleaseProblems.NoRelease($"{name} {version}");
        }

        var known = name.ToLowerInvariant();
        var id = Guid.Empty;
        var body = await reads.GetAsync(new ReadOf(Kind, $"{known}/{version}"), StampAsync, ending => store.GetAsync(id, ending), cancellationToken);
        return body as IResult ?? ReleaseProblems.NoRelease($"{name} {version}");

        async Task<Guid?> StampAsync(CancellationToken ending)
        {
            var found = await store.FindAsync(known, version, ending);
            id = found?.Id ?? Guid.Empty;
            return found?.Stamp;
        }
    }
}
