namespace Slipway.MigrationService;

/// <summary>One statement of a file.</summary>
/// <param name="Text">Without comments before it and without the semicolon.</param>
/// <param name="Offset">Where it begins in the file, in UTF-16 code units.</param>
internal readonly record struct SqlStatement(string Text, int Offset);

/// <summary>Splits a file at the semicolons that end statements, so that an error can be placed in the file.</summary>
/// <remarks>
/// Knows what may hold a semicolon (PostgreSQL documentation, "Lexical Structure"): <c>'it''s'</c>, <c>E'\''</c>, <c>"a;b"</c>, <c>$$…$$</c>,
/// <c>$tag$…$tag$</c>, <c>-- …</c>, nested <c>/* /* */ */</c>, and SQL-standard function bodies <c>begin atomic … end</c>.
/// What never ends is left to the server to complain about.
/// </remarks>
internal static class SqlStatements
{
    public static IReadOnlyList<SqlStatement> Split(string sql)
    {
        var statements = new List<SqlStatement>();
        var start = -1;
        var atomicDepth = 0;
        var previousWord = "";
        for (var at = 0; at < sql.Length;)
        {
            var end = EndOfToken(sql, at);
            var token = sql.AsSpan(at, end - at);
            if (token is ";" && atomicDepth == 0)
            {
                Add(sql, start, at, statements);
                (start, previousWord) = (-1, "");
            }
            else if (!IsBlank(token))
            {
                start = start < 0 ? at : start;
                if (char.IsAsciiLetter(token[0]))
                {
                    atomicDepth += Nesting(token, previousWord, atomicDepth);
                    previousWord = token.ToString();
                }
            }

            at = end;
        }

        Add(sql, start, sql.Length, statements);
        return statements;
    }

    /// <summary>Inside an atomic body only <c>case</c> nests, and both end with <c>end</c>.</summary>
    private static int Nesting(ReadOnlySpan<char> word, string previousWord, int depth) => 0 switch
    {
        _ when word.Equals("atomic", StringComparison.OrdinalIgnoreCase) && previousWord.Equals("begin", StringComparison.OrdinalIgnoreCase) => 1,
        _ when depth > 0 && word.Equals("case", StringComparison.OrdinalIgnoreCase) => 1,
        _ when depth > 0 && word.Equals("end", StringComparison.OrdinalIgnoreCase) => -1,
        _ => 0,
    };

    private static void Add(string sql, int start, int end, List<SqlStatement> statements)
    {
        if (start >= 0)
        {
            statements.Add(new SqlStatement(sql[start..end].TrimEnd(), start));
        }
    }

    private static bool IsBlank(ReadOnlySpan<char> token) =>
        char.IsWhiteSpace(token[0]) || token.StartsWith("--") || token.StartsWith("/*");

    private static int EndOfToken(string sql, int at)
    {
        var rest = sql.AsSpan(at);
        return rest[0] switch
        {
            '\'' => EndOfQuoted(sql, at + 1, '\'', backslashes: false),
            'e' or 'E' when rest.Length > 1 && rest[1] == '\'' => EndOfQuoted(sql, at + 2, '\'', backslashes: true),
            '"' => EndOfQuoted(sql, at + 1, '"', backslashes: false),
            '-' when rest.StartsWith("--") => EndAt(sql, sql.IndexOf('\n', at), 1),
            '/' when rest.StartsWith("/*") => EndOfComment(sql, at),
            '$' => EndOfDollarQuoted(sql, at),
            var first when IsWord(first) => at + WordLength(rest),
            _ => at + 1,
        };
    }

    private static int EndOfQuoted(string sql, int at, char quote, bool backslashes)
    {
        for (; at < sql.Length; at++)
        {
            if (backslashes && sql[at] == '\\')
            {
                at++;
            }
            else if (sql[at] == quote)
            {
                if (at + 1 == sql.Length || sql[at + 1] != quote)
                {
                    return at + 1;
                }

                at++;
            }
        }

        return sql.Length;
    }

    private static int EndOfComment(string sql, int at)
    {
        var depth = 0;
        while (at < sql.Length)
        {
            var rest = sql.AsSpan(at);
            depth += rest.StartsWith("/*") ? 1 : rest.StartsWith("*/") ? -1 : 0;
            at += rest.StartsWith("/*") || rest.StartsWith("*/") ? 2 : 1;
            if (depth == 0)
            {
                break;
            }
        }

        return Math.Min(at, sql.Length);
    }

    /// <summary><c>$1</c> is a parameter, not a quote; a tag is a word that has no dollar and begins with no digit.</summary>
    private static int EndOfDollarQuoted(string sql, int at)
    {
        var close = sql.IndexOf('$', at + 1);
        var tag = close < 0 ? default : sql.AsSpan(at + 1, close - at - 1);
        if (close < 0 || (tag.Length > 0 && (char.IsAsciiDigit(tag[0]) || WordLength(tag) != tag.Length)))
        {
            return at + 1;
        }

        var delimiter = sql[at..(close + 1)];
        return EndAt(sql, sql.IndexOf(delimiter, close + 1, StringComparison.Ordinal), delimiter.Length);
    }

    private static int EndAt(string sql, int found, int length) => found < 0 ? sql.Length : found + length;

    /// <summary>A word may contain dollars after its first character, which then quote nothing.</summary>
    private static int WordLength(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && (IsWord(text[length]) || (length > 0 && text[length] == '$')))
        {
            length++;
        }

        return length;
    }

    private static bool IsWord(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or > '\u007f';
}
