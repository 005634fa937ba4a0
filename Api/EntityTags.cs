using Microsoft.Net.Http.Headers;

namespace Slipway.Api;

/// <summary>Strong entity tags made of rows' stamps (RFC 9110 section 8.8.3) and the conditions that requests set on them (section 13.1).</summary>
internal static class EntityTags
{
    public static string Of(Guid stamp) => $"\"{stamp:N}\"";

    /// <summary>True when the client has the content already: <c>If-None-Match</c> names it (compared weakly) or is <c>*</c>.</summary>
    public static bool HasAlready(HttpRequest request, Guid stamp)
    {
        var given = request.Headers.IfNoneMatch;
        return given.Count > 0
            && EntityTagHeaderValue.TryParseList([.. given!], out var tags)
            && tags.Any(tag => tag == EntityTagHeaderValue.Any || tag.Compare(new EntityTagHeaderValue(Of(stamp)), useStrongComparison: false));
    }

    /// <summary>Whether the request sets a condition on what it changes.</summary>
    public static bool IsConditional(HttpRequest request) => request.Headers.IfMatch.Count > 0;

    /// <summary>False when <c>If-Match</c> is there and names another content; what can't be read names none, and a weak tag never matches.</summary>
    public static bool Allows(HttpRequest request, Guid stamp) =>
        !IsConditional(request)
        || (EntityTagHeaderValue.TryParseList([.. request.Headers.IfMatch!], out var tags)
            && tags.Any(tag => tag == EntityTagHeaderValue.Any || tag.Compare(new EntityTagHeaderValue(Of(stamp)), useStrongComparison: true)));
}
