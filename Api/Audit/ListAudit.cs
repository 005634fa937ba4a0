using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Api.Audit;

internal static class ListAudit
{
    public const string List = "audit";

    /// <summary>Who did what, newest first.</summary>
    public static async Task<Results<Ok<Page<AuditEntry>>, ProblemHttpResult>> HandleAsync(
        AuditStore store,
        [Description("Only entries of this application.")] string? application,
        [Description("Only entries about the release or application with this id.")] string? subject,
        [Description("Only entries of this actor.")] string? actor,
        [Description("Only entries of this action: release.promote.")] string? action,
        [Description("How many, from 1 to 100; 20 by default.")] string? limit,
        [Description("The nextCursor of the page before.")] string? cursor,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var page = PageRequest.Parse(limit, cursor, List, key => long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _), errors);
        var id = Guid.Empty;
        if (!string.IsNullOrEmpty(subject) && !Guid.TryParse(subject, out id))
        {
            errors["subject"] = ["must be an id"];
        }

        foreach (var (name, value) in new[] { ("application", application), ("actor", actor), ("action", action) })
        {
            if (value?.Contains('\0') == true)
            {
                errors[name] = ["must not contain the character U+0000"];
            }
        }

        return errors.Count > 0
            ? Problems.Invalid("audit:invalid", errors)
            : TypedResults.Ok(await store.ListAsync(
                new AuditFilter(application?.ToLowerInvariant(), string.IsNullOrEmpty(subject) ? null : id, actor, action), page, cancellationToken));
    }
}
