using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Api.Releases;

internal static class ListApplications
{
    public const string List = "applications";

    public static async Task<Results<Ok<Page<Application>>, ProblemHttpResult>> HandleAsync(
        ApplicationStore store,
        [Description("How many, from 1 to 100; 20 by default.")] string? limit,
        [Description("The nextCursor of the page before.")] string? cursor,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var page = PageRequest.Parse(limit, cursor, List, Application.NameForm().IsMatch, errors);
        return errors.Count > 0
            ? Problems.Invalid("releases:invalid", errors)
            : TypedResults.Ok(await store.ListAsync(page, cancellationToken));
    }
}
