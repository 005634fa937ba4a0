using Microsoft.Extensions.Primitives;

namespace Slipway.Gateway.Edge.Caching;

/// <summary>One stored answer (RFC 9111).</summary>
/// <param name="Status">Of the answer.</param>
/// <param name="Headers">As they are sent again.</param>
/// <param name="Body">Whole.</param>
/// <param name="Vary">Request headers that the answer depends on, with their values in the request that it answered.</param>
/// <param name="StoredAt">In UTC.</param>
/// <param name="AgeWhenStored">What it was old when it came (RFC 9111 section 4.2.3).</param>
/// <param name="Lifetime">How old it may grow.</param>
/// <param name="IsForAll">It says <c>public</c> or <c>s-maxage</c>: requests with credentials may be answered with it too (section 3.5).</param>
internal sealed record CacheEntry(
    int Status,
    IReadOnlyList<KeyValuePair<string, StringValues>> Headers,
    byte[] Body,
    IReadOnlyList<KeyValuePair<string, string>> Vary,
    DateTimeOffset StoredAt,
    TimeSpan AgeWhenStored,
    TimeSpan Lifetime,
    bool IsForAll)
{
    private const int Overhead = 512;

    private long _usedAt;

    public long Size => Overhead + Body.Length + Headers.Sum(static header => header.Key.Length + header.Value.Sum(static value => (long)(value?.Length ?? 0)));

    public long UsedAt
    {
        get => Volatile.Read(ref _usedAt);
        set => Volatile.Write(ref _usedAt, value);
    }

    public string? Tag => Header("ETag");

    public string? LastModified => Header("Last-Modified");

    public TimeSpan Age(DateTimeOffset now)
    {
        var resident = now - StoredAt;
        return AgeWhenStored + (resident > TimeSpan.Zero ? resident : TimeSpan.Zero);
    }

    /// <summary>Whether the request has the same values in the headers that the answer depends on (section 4.1).</summary>
    public bool Matches(IHeaderDictionary request)
    {
        foreach (var (name, value) in Vary)
        {
            if (!string.Equals(request[name].ToString(), value, StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    private string? Header(string name)
    {
        foreach (var header in Headers)
        {
            if (header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return header.Value.ToString();
        }

        return null;
    }
}
