using System.Text.RegularExpressions;

namespace Slipway.Gateway.Tests.Edge;

/// <summary>What one rule says of an answer.</summary>
internal sealed record Verdict(string Rule, string Result, int Modifier);

/// <summary>
/// The rules of Mozilla's HTTP Observatory, version 2 (repository mdn/mdn-http-observatory: src/grader/charts.js and src/analyzer/tests), as far as
/// they can be told from an answer: 100 points, penalties first; bonus points count only from 90 points on.
/// </summary>
/// <remarks>Left out: lists of preloaded hosts (never ours), and http-equiv policies (the pages have none).</remarks>
internal sealed partial class Observatory
{
    private const int Baseline = 100;
    private const int NeededForBonus = 90;

    private static readonly string[] s_broad = ["ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"];

    private readonly HttpResponseMessage _answer;
    private readonly string _body;
    private readonly HttpResponseMessage _overHttp;
    private readonly Dictionary<string, string[]> _policy;

    /// <param name="answer">Over https.</param>
    /// <param name="body">Of it.</param>
    /// <param name="overHttp">The answer to the same path over http, not followed.</param>
    public Observatory(HttpResponseMessage answer, string body, HttpResponseMessage overHttp)
    {
        (_answer, _body, _overHttp) = (answer, body, overHttp);
        _policy = [];
        foreach (var directive in (Header("Content-Security-Policy") ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var words = directive.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(_policy.TryAdd(words[0].ToLowerInvariant(), words[1..]), $"The directive {words[0]} stands twice.");
        }
    }

    public IReadOnlyList<Verdict> Verdicts =>
        [Policy(), Cookies(), Cors(), Redirection(), Referrer(), Hsts(), Integrity(), Sniffing(), Framing(), ResourcePolicy()];

    public int Score
    {
        get
        {
            var penalized = Baseline + Verdicts.Where(verdict => verdict.Modifier < 0).Sum(verdict => verdict.Modifier);
            return penalized < NeededForBonus ? Math.Max(0, penalized) : penalized + Verdicts.Where(verdict => verdict.Modifier > 0).Sum(verdict => verdict.Modifier);
        }
    }

    public string Grade => Score switch
    {
        >= 100 => "A+",
        >= 90 => "A",
        >= 85 => "A-",
        >= 80 => "B+",
        >= 70 => "B",
        >= 65 => "B-",
        >= 60 => "C+",
        >= 50 => "C",
        >= 45 => "C-",
        >= 40 => "D+",
        >= 30 => "D",
        >= 25 => "D-",
        _ => "F",
    };

    private string? Header(string name) =>
        _answer.Headers.TryGetValues(name, out var values) || _answer.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    private string[] Sources(params string[] directives) =>
        directives.Where(_policy.ContainsKey).Select(directive => _policy[directive]).FirstOrDefault() ?? ["*"];

    private Verdict Policy()
    {
        Verdict Says(string result, int modifier) => new("content-security-policy", result, modifier);
        if (_policy.Count == 0)
            return Says("csp-not-implemented", -25);
        var (script, obj, style) = (Sources("script-src", "default-src"), Sources("object-src", "default-src"), Sources("style-src", "default-src"));
        string[] unsafeInline = [.. s_broad, "'unsafe-inline'", "data:"];
        if (script.Intersect(unsafeInline).Any() || obj.Intersect(s_broad).Any())
            return Says("csp-implemented-with-unsafe-inline", -20);
        static bool IsInsecure(string source) => source.StartsWith("http:", StringComparison.Ordinal) || source.StartsWith("ftp:", StringComparison.Ordinal);
        if (_policy.Where(pair => pair.Key is not ("img-src" or "media-src")).SelectMany(pair => pair.Value).Any(IsInsecure))
            return Says("csp-implemented-with-insecure-scheme", -20);
        if (script.Concat(style).Contains("'unsafe-eval'"))
            return Says("csp-implemented-with-unsafe-eval", -10);
        if (Sources("img-src", "default-src").Concat(Sources("media-src", "default-src")).Any(IsInsecure))
            return Says("csp-implemented-with-insecure-scheme-in-passive-content-only", -10);
        if (style.Intersect(unsafeInline).Any())
            return Says("csp-implemented-with-unsafe-inline-in-style-src-only", 0);
        return _policy.GetValueOrDefault("default-src") is ["'none'"]
            ? Says("csp-implemented-with-no-unsafe-default-src-none", 10)
            : Says("csp-implemented-with-no-unsafe", 5);
    }

    private Verdict Cookies()
    {
        Verdict Says(string result, int modifier) => new("cookies", result, modifier);
        var cookies = _answer.Headers.TryGetValues("Set-Cookie", out var values)
            ? values.Select(value => value.ToLowerInvariant().Split(';', StringSplitOptions.TrimEntries)).ToList()
            : [];
        if (cookies.Count == 0)
            return Says("cookies-not-found", 0);
        if (cookies.Any(cookie => !cookie.Contains("secure")))
            return Says("cookies-without-secure-flag", Hsts().Modifier >= 0 ? -5 : -20);
        if (cookies.Any(cookie => (cookie[0].Contains("sess") || cookie[0].Contains("login")) && !cookie.Contains("httponly")))
            return Says("cookies-session-without-httponly-flag", -30);
        return cookies.All(cookie => cookie.Any(part => part.StartsWith("samesite=", StringComparison.Ordinal)))
            ? Says("cookies-secure-with-httponly-sessions-and-samesite", 5)
            : Says("cookies-secure-with-httponly-sessions", 0);
    }

    private Verdict Cors()
    {
        var origin = Header("Access-Control-Allow-Origin");
        return (origin, Header("Access-Control-Allow-Credentials")) switch
        {
            (null, _) => new("cross-origin-resource-sharing", "cross-origin-resource-sharing-not-implemented", 0),
            ("*", _) => new("cross-origin-resource-sharing", "cross-origin-resource-sharing-implemented-with-public-access", 0),
            // The Observatory asks with a random origin; one that is reflected with credentials is open to all.
            (_, "true") => new("cross-origin-resource-sharing", "cross-origin-resource-sharing-implemented-with-universal-access", -50),
            _ => new("cross-origin-resource-sharing", "cross-origin-resource-sharing-implemented-with-restricted-access", 0),
        };
    }

    private Verdict Redirection()
    {
        Verdict Says(string result, int modifier) => new("redirection", result, modifier);
        if (_overHttp.Headers.Location is not { } target)
            return Says("redirection-missing", -20);
        if (target.Scheme != "https")
            return Says("redirection-not-to-https", -20);
        return target.Host == _overHttp.RequestMessage!.RequestUri!.Host ? Says("redirection-to-https", 0) : Says("redirection-off-host-from-http", -5);
    }

    private Verdict Referrer() => Header("Referrer-Policy") switch
    {
        null => new("referrer-policy", "referrer-policy-not-implemented", 0),
        "no-referrer" or "same-origin" or "strict-origin" or "strict-origin-when-cross-origin" => new("referrer-policy", "referrer-policy-private", 5),
        "origin" or "origin-when-cross-origin" or "unsafe-url" or "no-referrer-when-downgrade" => new("referrer-policy", "referrer-policy-unsafe", -5),
        _ => new("referrer-policy", "referrer-policy-header-invalid", -5),
    };

    private Verdict Hsts()
    {
        Verdict Says(string result, int modifier) => new("strict-transport-security", result, modifier);
        if (Header("Strict-Transport-Security") is not { } hsts)
            return Says("hsts-not-implemented", -20);
        if (hsts.Contains(',') || !MaxAge().IsMatch(hsts))
            return Says("hsts-header-invalid", -20);
        return long.Parse(MaxAge().Match(hsts).Groups[1].Value) >= 15_552_000
            ? Says("hsts-implemented-max-age-at-least-six-months", 0)
            : Says("hsts-implemented-max-age-less-than-six-months", -10);
    }

    private Verdict Integrity()
    {
        Verdict Says(string result, int modifier) => new("subresource-integrity", result, modifier);
        if (_answer.Content.Headers.ContentType?.MediaType != "text/html")
            return Says("sri-not-implemented-response-not-html", 0);
        var scripts = Script().Matches(_body).Select(match => match.Groups[1].Value).ToList();
        if (scripts.Count == 0)
            return Says("sri-not-implemented-but-no-scripts-loaded", 0);
        return scripts.All(script => !script.Contains("//"))
            ? Says("sri-not-implemented-but-all-scripts-loaded-from-secure-origin", 0)
            : Says("sri-not-implemented-and-external-scripts-not-loaded-securely", -50);
    }

    private Verdict Sniffing() => Header("X-Content-Type-Options") == "nosniff"
        ? new("x-content-type-options", "x-content-type-options-nosniff", 0)
        : new("x-content-type-options", "x-content-type-options-not-implemented", -5);

    private Verdict Framing()
    {
        if (_policy.ContainsKey("frame-ancestors"))
            return new("x-frame-options", "x-frame-options-implemented-via-csp", 5);
        return Header("X-Frame-Options")?.ToUpperInvariant() is "DENY" or "SAMEORIGIN"
            ? new("x-frame-options", "x-frame-options-sameorigin-or-deny", 0)
            : new("x-frame-options", "x-frame-options-not-implemented", -20);
    }

    private Verdict ResourcePolicy() => Header("Cross-Origin-Resource-Policy") switch
    {
        null => new("cross-origin-resource-policy", "cross-origin-resource-policy-not-implemented", 0),
        "same-origin" or "same-site" => new("cross-origin-resource-policy", "cross-origin-resource-policy-implemented-with-same-origin", 10),
        "cross-origin" => new("cross-origin-resource-policy", "cross-origin-resource-policy-implemented-with-cross-origin", 0),
        _ => new("cross-origin-resource-policy", "cross-origin-resource-policy-header-invalid", -5),
    };

    [GeneratedRegex("(?:^|; *)max-age=([0-9]+)", RegexOptions.IgnoreCase)]
    private static partial Regex MaxAge();

    [GeneratedRegex("<script[^>]*src=\"([^\"]*)\"", RegexOptions.IgnoreCase)]
    private static partial Regex Script();
}
