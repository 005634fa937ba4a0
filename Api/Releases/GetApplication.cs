using Slipway.Api.Cache;

namespace Slipway.Api.Releases;

internal static class GetApplication
{
    public static async Task<IResult> HandleAsync(string name, ApplicationStore store, StampedCache cache, CancellationToken cancellationToken)
    {
        if (!Application.NameForm().IsMatch(name))
        {
            return ReleaseProblems.NoApplication(name);
        }

        var known = name.ToLowerInvariant();
        var body = await store.StampAsync(known, cancellationToken) is { } stamp
            ? await cache.GetAsync("application", stamp, part: "", ending => store.GetAsync(known, ending), cancellationToken)
            : null;
        return body as IResult ?? ReleaseProblems.NoApplication(name);
    }
}
