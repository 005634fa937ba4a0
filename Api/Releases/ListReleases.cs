using System.ComponentModel;
using Slipway.Api.Cache;

namespace Slipway.Api.Releases;

internal static class ListReleases
{
    public const string List = "releases";

    public static async Task<IResult> HandleAsync(
        string name, ApplicationStore applications, ReleaseStore store, CachedReads reads,
        [Description("How many, from 1 to 100; 20 by default.")] string? limit,
        [Description("The nextCursor of the page before.")] string? cursor,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var page = PageRequest.Parse(limit, cursor, List, key => Guid.TryParse(key, out _), errors);
        if (errors.Count > 0)
        {
            return Problems.Invalid("releases:invalid", errors);
        }

        var known = name.ToLowerInvariant();
        var body = Application.NameForm().IsMatch(name)
            ? await reads.GetAsync(
                new ReadOf("releases", known, $"{page.Limit}:{page.After}"),
                ending => applications.StampAsync(known, ending), ending => store.ListAsync(known, page, ending), cancellationToken)
            : null;
        return body as IResult ?? ReleaseProblems.NoApplication(name);
    }
}
