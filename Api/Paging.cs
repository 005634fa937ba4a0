using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Slipway.Api;

/// <summary>A part of a list, in a stable order.</summary>
/// <param name="Items">At most as many as asked for.</param>
/// <param name="NextCursor">For the next part; null at the end.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor)
{
    /// <param name="rows">One more than <paramref name="limit"/> where the list goes on.</param>
    /// <param name="limit">Of the page.</param>
    /// <param name="list">Names the list, so that another's cursor is refused.</param>
    /// <param name="key">Of an item, unique in the order of the list.</param>
    public static Page<T> Of(IReadOnlyList<T> rows, int limit, string list, Func<T, string> key) =>
        rows.Count <= limit ? new(rows, null) : new([.. rows.Take(limit)], PageRequest.Cursor(list, key(rows[limit - 1])));
}

/// <summary>Which part of a list is asked for.</summary>
/// <param name="Limit">From 1 to <see cref="MaxLimit"/>.</param>
/// <param name="After">The key of the item before the part; null from the beginning.</param>
internal sealed record PageRequest(int Limit, string? After)
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    /// <summary>Reads <c>limit</c> and <c>cursor</c>.</summary>
    /// <param name="limit">Null or empty takes the default.</param>
    /// <param name="cursor">Null or empty begins at the beginning.</param>
    /// <param name="list">Names the list.</param>
    /// <param name="isKey">Whether a cursor's content can be a key of that list.</param>
    /// <param name="errors">Gets what is wrong, by parameter.</param>
    public static PageRequest Parse(string? limit, string? cursor, string list, Func<string, bool> isKey, Dictionary<string, string[]> errors)
    {
        var count = DefaultLimit;
        if (!string.IsNullOrEmpty(limit)
            && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxLimit))
        {
            errors["limit"] = [$"must be an integer from 1 to {MaxLimit}"];
        }

        var after = string.IsNullOrEmpty(cursor) ? null : KeyOf(list, cursor);
        if (!string.IsNullOrEmpty(cursor) && (after is null || !isKey(after)))
        {
            errors["cursor"] = ["must be the nextCursor of an earlier page of this list"];
        }

        return new PageRequest(count, after);
    }

    public static string Cursor(string list, string key) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{list}:{key}"));

    private static string? KeyOf(string list, string cursor)
    {
        if (cursor.Length > 512 || !Base64Url.IsValid(cursor))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        return text.StartsWith(list + ":", StringComparison.Ordinal) ? text[(list.Length + 1)..] : null;
    }
}
