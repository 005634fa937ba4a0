using System.Text.RegularExpressions;

namespace Slipway.ServiceDefaults.Secrets;

/// <summary>
/// The passwords in connection strings: <c>Host=db;Password=x</c> and <c>Password="a;b"</c> (PostgreSQL), <c>cache:6379,password=x</c> (Redis),
/// <c>scheme://user:x@host</c>.
/// </summary>
internal static partial class ConnectionSecrets
{
    public const string Mask = "***";

    public static IEnumerable<string> In(string text)
    {
        foreach (var match in Matches(text))
        {
            var value = match.Groups["secret"].Value.Trim();
            if (value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0])
                value = value[1..^1];
            if (value.Length > 0)
                yield return value;
        }
    }

    /// <summary>The text with each password replaced by <see cref="Mask"/>.</summary>
    public static string Redact(string text)
    {
        var pattern = PatternFor(text);
        return UserInfo().Replace(pattern.Replace(text, $"${{name}}{Mask}"), $"${{name}}{Mask}@");
    }

    private static IEnumerable<Match> Matches(string text) => PatternFor(text).Matches(text).Concat(UserInfo().Matches(text));

    /// <summary>A semicolon or a comma ends a value, never both: a password may hold the other one.</summary>
    private static Regex PatternFor(string text) => text.Contains(';', StringComparison.Ordinal) || !text.Contains(',', StringComparison.Ordinal) ? Semicolons() : Commas();

    [GeneratedRegex("(?<name>\\b(?:password|pwd|passphrase|ssl password)\\s*=\\s*)(?<secret>\"[^\"]*\"|'[^']*'|[^;]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Semicolons();

    [GeneratedRegex("(?<name>\\b(?:password|pwd)\\s*=\\s*)(?<secret>[^,]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Commas();

    [GeneratedRegex("(?<name>[a-z][a-z0-9+.-]*://[^/\\s:@]*:)(?<secret>[^/\\s@]+)@", RegexOptions.IgnoreCase)]
    private static partial Regex UserInfo();
}
