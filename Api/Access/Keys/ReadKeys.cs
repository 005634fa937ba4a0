using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Api.Access.Keys;

internal static class ReadKeys
{
    public static async Task<Results<Ok<AccessKey>, ProblemHttpResult>> GetAsync(string prefix, KeyStore store, CancellationToken cancellationToken) =>
        KeySecret.IsPrefix(prefix) && await store.GetAsync(prefix, cancellationToken) is { } key ? TypedResults.Ok(key) : AccessProblems.NoKey(prefix);

    public static async Task<Results<Ok<Page<AccessKey>>, ProblemHttpResult>> ListAsync(
        KeyStore store,
        [Description("How many, from 1 to 100; 20 by default.")] string? limit,
        [Description("The nextCursor of the page before.")] string? cursor,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var page = PageRequest.Parse(limit, cursor, KeyStore.List, static key => Guid.TryParse(key, out _), errors);
        return errors.Count > 0 ? Problems.Invalid("access:invalid", errors) : TypedResults.Ok(await store.ListAsync(page, cancellationToken));
    }
}
