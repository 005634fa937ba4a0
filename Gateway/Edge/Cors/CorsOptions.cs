using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Edge.Cors;

/// <summary>Which other origins' pages may read answers (Fetch standard, CORS protocol).</summary>
internal sealed class CorsOptions : IValidatableObject
{
    // Not the properties' own values: configuration would add to them, and nothing could be taken away.
    public static readonly IList<string> DefaultMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    public static readonly IList<string> DefaultHeaders =
    [
        "Accept", "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "traceparent", "X-Api-Key", "X-Correlation-ID",
        "X-Slipway-Actor",
    ];

    public static readonly IList<string> DefaultExposedHeaders =
        ["ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Correlation-ID"];

    /// <summary>Exact origins such as <c>https://console.example.com</c>; no wildcards. Empty, the default: none.</summary>
    public IList<string> Origins { get; set; } = [];

    /// <summary>True lets those pages send cookies along.</summary>
    public bool AllowCredentials { get; set; }

    /// <summary>Methods that those pages may use; null: GET, HEAD, POST, PUT, PATCH and DELETE.</summary>
    public IList<string>? Methods { get; set; }

    /// <summary>Request headers that those pages may set; null: those of the API, its keys and its tracing.</summary>
    public IList<string>? Headers { get; set; }

    /// <summary>
    /// Response headers that those pages may read, beside the harmless ones; null: ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After and
    /// X-Correlation-ID.
    /// </summary>
    public IList<string>? ExposedHeaders { get; set; }

    /// <summary>How long a browser may keep the answer to a preflight: 0 to 1 day. Browsers have bounds of their own below that.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(10);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var origin in Origins)
        {
            if (!IsOrigin(origin))
                yield return new ValidationResult($"Cors:Origins: '{origin}' is no origin such as https://console.example.com.", [nameof(Origins)]);
        }

        foreach (var word in (Methods ?? []).Concat(Headers ?? []).Concat(ExposedHeaders ?? []).Where(static word => !IsToken(word)))
            yield return new ValidationResult($"Cors: '{word}' is neither a method nor a header's name.", [nameof(Headers)]);
    }

    /// <summary>RFC 9110 section 5.6.2; so no wildcard either, though it would be a token: it is refused for what it allows.</summary>
    private static bool IsToken(string word) => word.Length > 0 && word.All(static c => char.IsAsciiLetterOrDigit(c) || "!#$%&'+-.^_`|~".Contains(c, StringComparison.Ordinal));

    /// <summary>As a browser writes it: scheme, host and a port that is not the scheme's own; lower case, nothing after.</summary>
    private static bool IsOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && string.Equals(uri.GetLeftPart(UriPartial.Authority), origin, StringComparison.Ordinal)
        && uri.UserInfo.Length == 0 && !origin.Contains('*', StringComparison.Ordinal);
}
