using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Slipway.ServiceDefaults.Secrets;

/// <summary>
/// Takes secrets out of texts that leave the process: the values of this service's own configuration, and what looks like a secret of somebody
/// else (credentials in headers, URLs, JSON and connection strings, our own keys, tokens, query strings).
/// </summary>
/// <remarks>
/// A text without any of the words that come before a secret is looked through once and returned as it is. What can't be found: a secret of others
/// that stands alone, without a name before it and without the form of a key or token.
/// </remarks>
public sealed partial class Redactor
{
    private const string Mask = ConnectionSecrets.Mask;

    /// <summary>Shorter values of configuration occur in innocent text.</summary>
    private const int MinKnown = 8;

    private const int MaxKnown = 256;

    /// <summary>For each pattern, in milliseconds; none comes near it unless somebody wants it to.</summary>
    private const int Limit = 250;

    private const string TooLong = "(left out: it took too long to look for secrets in it)";

    /// <summary>The shortest secret of a key <c>prefix.secret</c>.</summary>
    private const int MinKeySecret = 32;

    private static readonly SearchValues<string> s_hints = SearchValues.Create(
        ["pass", "pwd", "secret", "token", "key", "authorization", "cookie", "bearer", "basic", "credential", "signature", "://", "eyj", "private key", "?"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<char> s_keyCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly string[] _known;
    private readonly SearchValues<string>? _knownAny;

    public Redactor(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        // The longest first: one may be a part of another.
        _known = [.. configuration.AsEnumerable().SelectMany(static pair => SecretsIn(pair.Key, pair.Value))
            .Where(static secret => secret.Length >= MinKnown).SelectMany(Forms).Distinct(StringComparer.Ordinal).OrderByDescending(static secret => secret.Length).Take(MaxKnown)];
        _knownAny = _known.Length == 0 ? null : SearchValues.Create(_known, StringComparison.Ordinal);
    }

    /// <summary>The same instance when there is nothing to take out.</summary>
    public string Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var redacted = Search(text);
        return redacted == text ? text : redacted;
    }

    private string Search(string text)
    {
        if (_knownAny is not null && text.AsSpan().ContainsAny(_knownAny))
            text = _known.Aggregate(text, static (left, secret) => left.Replace(secret, Mask, StringComparison.Ordinal));
        if (text.AsSpan().ContainsAny(s_hints))
            text = Patterns(text);
        return HasKey(text) ? Key().Replace(text, static match => IsRandom(match.ValueSpan) ? $"{match.Groups["prefix"].Value}.{Mask}" : match.Value) : text;
    }

    /// <summary>The text without the values that a log's own parameters name as secrets, wherever they stand in it.</summary>
    internal static string Without(string text, object? state)
    {
        if (state is not IEnumerable<KeyValuePair<string, object?>> parameters)
            return text;
        foreach (var (name, value) in parameters)
        {
            // What is called a key alone is more often one of a map.
            if (value is string { Length: >= 4 } secret && SecretNames.IsSecret(name) && !name.Equals("key", StringComparison.OrdinalIgnoreCase))
                text = Forms(secret).Aggregate(text, static (left, form) => left.Replace(form, Mask, StringComparison.Ordinal));
        }

        return text;
    }

    private static IEnumerable<string> SecretsIn(string key, string? value) =>
        string.IsNullOrEmpty(value) ? []
        : SecretNames.IsConnectionString(key) ? ConnectionSecrets.In(value)
        : SecretNames.IsSecret(key) ? value.Split(',').SelectMany(static part => new[] { part, part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..] }).Append(value)
        : ConnectionSecrets.In(value);

    /// <summary>As it stands by itself, in URLs and in JSON.</summary>
    private static IEnumerable<string> Forms(string secret) =>
        [secret, Uri.EscapeDataString(secret), JavaScriptEncoder.Default.Encode(secret), JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(secret)];

    private static string Patterns(string text)
    {
        try
        {
            text = PrivateKey().Replace(text, Mask);
            text = Token().Replace(text, Mask);
            text = Scheme().Replace(text, $"${{name}} {Mask}");
            text = Header().Replace(text, $"${{name}}{Mask}");
            // A number, a flag or an object under a telling name is no secret, and a mask without quotes would be no JSON.
            text = Member().Replace(text, static match => match.Groups["quote"].Length == 0 && IsQuoted(match.Groups["name"].ValueSpan)
                ? match.Value : $"{match.Groups["name"].Value}{match.Groups["quote"].Value}{Mask}{match.Groups["quote"].Value}");
            text = UserInfo().Replace(text, $"${{name}}{Mask}@");
            return Query().Replace(text, $"?{Mask}");
        }
        catch (RegexMatchTimeoutException)
        {
            return text.EndsWith('\n') ? TooLong + "\n" : TooLong;
        }
    }

    private static bool IsQuoted(ReadOnlySpan<char> name) => name.TrimEnd(" :=").EndsWith("\"");

    private static bool HasKey(string text)
    {
        var rest = text.AsSpan();
        while (rest.IndexOf('.') is var point and >= 0 && rest.Length - point > MinKeySecret)
        {
            if (point > 0 && char.IsAsciiLetterOrDigit(rest[point - 1]) && !rest.Slice(point + 1, MinKeySecret).ContainsAnyExcept(s_keyCharacters))
                return true;
            rest = rest[(point + 1)..];
        }

        return false;
    }

    /// <summary>Long names of types have no digits.</summary>
    private static bool IsRandom(ReadOnlySpan<char> text) => text.ContainsAnyInRange('0', '9') && text.ContainsAnyExceptInRange('0', '9');

    [GeneratedRegex("-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^\"]{0,20000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|(?=\"|$))", RegexOptions.None, Limit)]
    private static partial Regex PrivateKey();

    /// <summary>RFC 7519, in compact form.</summary>
    [GeneratedRegex("\\beyJ[A-Za-z0-9_-]{5,}\\.[A-Za-z0-9_-]{2,}\\.[A-Za-z0-9_-]*", RegexOptions.None, Limit)]
    private static partial Regex Token();

    /// <summary>RFC 9110, 11.4: a scheme and its credentials; a plus may be escaped as JSON does.</summary>
    [GeneratedRegex("\\b(?<name>Bearer|Basic|Digest|Negotiate)\\s+(?:[A-Za-z0-9._~+/=-]|\\\\u00[0-9A-F]{2}){6,}", RegexOptions.IgnoreCase, Limit)]
    private static partial Regex Scheme();

    /// <summary>A header that was written out: to the end of its line or of its text.</summary>
    [GeneratedRegex("(?<name>\\b(?:authorization|cookie|x-api-key)(?:\\\\?\"|\\\\u002[27]|')?\\s{0,4}[:=]\\s{0,4}\\[?(?:\\\\?\"|\\\\u002[27]|')?)(?:[^\\r\\n\"\\\\]|\\\\u[0-9a-f]{4}|\\\\\")+", RegexOptions.IgnoreCase, Limit)]
    private static partial Regex Header();

    /// <summary>A member of JSON, of a form, of a connection string or of a query, also where its quotes are escaped.</summary>
    [GeneratedRegex("(?<name>\\b[a-z0-9_.-]{0,40}(?:password|passphrase|passwd|pwd|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|credentials?|signature)(?:\\\\?\"|\\\\u002[27]|')?\\s{0,4}[:=]\\s{0,4})(?:(?<quote>\\\\u0022).{0,4096}?\\\\u0022|(?<quote>\\\\u0027).{0,4096}?\\\\u0027|(?<quote>\\\\\")(?:[^\"\\\\]|\\\\[^\"]){0,4096}\\\\\"|(?<quote>\")(?:[^\"\\\\]|\\\\.){0,4096}\"|(?<quote>')[^']{0,4096}'|(?<quote>)[^\\s\"'&,;}\\\\]+)", RegexOptions.IgnoreCase, Limit)]
    private static partial Regex Member();

    [GeneratedRegex("(?<name>\\b[a-z][a-z0-9+.-]{0,20}://[^/\\s:@\"]{0,256}:)[^/\\s@\"]{1,1024}@", RegexOptions.IgnoreCase, Limit)]
    private static partial Regex UserInfo();

    /// <summary>Clients put into it what they like, and some put credentials there.</summary>
    [GeneratedRegex("\\?[^\\s\"'<>?=\\\\]{1,64}=(?:[^\\s\"'<>\\\\]|\\\\[^\"])*", RegexOptions.None, Limit)]
    private static partial Regex Query();

    [GeneratedRegex("(?<![A-Za-z0-9_./-])(?<prefix>[a-z0-9]{4,16})\\.[A-Za-z0-9_-]{32,200}", RegexOptions.None, Limit)]
    private static partial Regex Key();
}
