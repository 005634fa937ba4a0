using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Slipway.Gateway.Edge.Caching;

/// <summary>What a shared cache may store and send again (RFC 9111), decided from headers alone.</summary>
internal static class CacheRules
{
    /// <summary>Headers of the one exchange or of the one client, not of the answer (section 3.1), and those that outer middleware sets anew.</summary>
    private static readonly HashSet<string> s_notStored = new(StringComparer.OrdinalIgnoreCase)
    {
        "Age", "Alt-Svc", "Connection", "Content-Length", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Connection", "Set-Cookie",
        "Strict-Transport-Security", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "RateLimit", "RateLimit-Policy", "Retry-After", "traceparent",
        "tracestate", "X-Correlation-ID",
    };

    /// <summary>Final and whole by their meaning, and common. Any of them needs an explicit lifetime here.</summary>
    private static readonly HashSet<int> s_statuses = [200, 203, 301, 308, 404, 410];

    /// <summary>An answer that depends on one of these is one client's.</summary>
    private static readonly string[] s_personal = ["Authorization", "Cookie", "X-Api-Key"];

    /// <summary>Whether the request says who sends it; like Authorization (section 3.5), for cookies and API keys too.</summary>
    public static bool HasCredentials(IHeaderDictionary request)
    {
        foreach (var name in s_personal)
        {
            if (request.ContainsKey(name))
                return true;
        }

        return false;
    }

    /// <returns>How long the answer may be sent again, and whether to everybody; null: not at all.</returns>
    public static (TimeSpan Lifetime, bool IsForAll)? MayStore(int status, IHeaderDictionary response, bool hasCredentials)
    {
        if (response.CacheControl.Count == 0 || !s_statuses.Contains(status) || response.SetCookie.Count > 0 || response.ContentRange.Count > 0)
            return null;
        if (!CacheControlHeaderValue.TryParse(response.CacheControl.ToString(), out var says) || says is null || says.NoStore || says.NoCache || says.Private)
            return null;
        var isForAll = says.Public || says.SharedMaxAge is not null;
        if ((hasCredentials && !isForAll) || VariesTooMuch(response.Vary))
            return null;
        var lifetime = says.SharedMaxAge ?? says.MaxAge ?? ByExpires(response);
        return lifetime > TimeSpan.Zero ? (lifetime.Value, isForAll) : null;
    }

    /// <summary>Whether the request can do with the stored answer as it is (sections 4.2 and 5.2.1); max-stale is not honoured.</summary>
    public static bool IsFresh(CacheEntry entry, CacheControlHeaderValue? request, DateTimeOffset now)
    {
        var age = entry.Age(now);
        if (age >= entry.Lifetime || request?.NoCache == true)
            return false;
        return !(age > request?.MaxAge) && !(entry.Lifetime - age < request?.MinFresh);
    }

    /// <summary>By the larger of what the answer says of its age and what its date says (section 4.2.3).</summary>
    public static TimeSpan AgeOnArrival(IHeaderDictionary response, DateTimeOffset now)
    {
        var apparent = HeaderUtilities.TryParseDate(response.Date.ToString(), out var date) && date < now ? now - date : TimeSpan.Zero;
        var said = HeaderUtilities.TryParseNonNegativeInt64(response.Age.ToString(), out var seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue)) : TimeSpan.Zero;
        // Dates have whole seconds: an answer of this second is new.
        apparent = apparent < TimeSpan.FromSeconds(1) ? TimeSpan.Zero : apparent;
        return said > apparent ? said : apparent;
    }

    public static List<KeyValuePair<string, StringValues>> Stored(IHeaderDictionary response) =>
        [.. response.Where(static header => !s_notStored.Contains(header.Key)
            && !header.Key.StartsWith("X-Slipway-", StringComparison.OrdinalIgnoreCase)
            && !header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase))];

    public static List<KeyValuePair<string, string>> VaryOf(IHeaderDictionary response, IHeaderDictionary request) =>
        [.. response.GetCommaSeparatedValues(HeaderNames.Vary).Select(name => KeyValuePair.Create(name, request[name].ToString()))];

    /// <summary>Whether the client has it already: weak comparison of tags, dates only where no tag is named (RFC 9110 section 13.2.2).</summary>
    public static bool IsNotModified(CacheEntry entry, IHeaderDictionary request)
    {
        if (request.IfNoneMatch.Count > 0)
        {
            if (request.IfNoneMatch.ToString() == "*")
                return true;
            return entry.Tag is { } tag && EntityTagHeaderValue.TryParse(tag, out var own)
                && EntityTagHeaderValue.TryParseList([.. request.IfNoneMatch.OfType<string>()], out var tags)
                && tags.Any(one => one.Compare(own, useStrongComparison: false));
        }

        return HeaderUtilities.TryParseDate(request.IfModifiedSince.ToString(), out var since)
            && HeaderUtilities.TryParseDate(entry.LastModified, out var modified) && modified <= since;
    }

    public static string Seconds(TimeSpan time) => ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static bool VariesTooMuch(StringValues vary) =>
        vary.Any(static line => line is not null && (line.Contains('*', StringComparison.Ordinal)
            || s_personal.Any(name => line.Contains(name, StringComparison.OrdinalIgnoreCase))));

    private static TimeSpan? ByExpires(IHeaderDictionary response) =>
        HeaderUtilities.TryParseDate(response.Expires.ToString(), out var expires) && HeaderUtilities.TryParseDate(response.Date.ToString(), out var date)
            ? expires - date
            : null;
}
