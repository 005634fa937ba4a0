using Slipway.Api.Cache;

namespace Slipway.Api.Releases;

internal static class GetApplication
{
    public static async Task<IResult> HandleAsync(string name, ApplicationStore store, CachedReads reads, CancellationToken cancellationToken)
    {
        if (!Application.NameForm().IsMatch(name))
        {
            return ReleaseProblems.NoApplication(name);
        }

        var known = name.ToLowerInvariant();
        var body = await reads.GetAsync(
            new ReadOf("application", known), ending => store.StampAsync(known, ending), ending => store.GetAsync(known, ending), cancellationToken);
        return body as IResult ?? ReleaseProblems.NoApplication(name);
    }
}
