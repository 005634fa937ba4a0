using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Edge.Cors;

/// <summary>Which other origins' pages may read answers (Fetch standard, CORS protocol).</summary>
internal sealed class CorsOptions : IValidatableObject
{
    /// <summary>Exact origins such as <c>https://console.example.com</c>; no wildcards. Empty, the default: none.</summary>
    public IList<string> Origins { get; set; } = [];

    /// <summary>True lets those pages send cookies along.</summary>
    public bool AllowCredentials { get; set; }

    public IList<string> Methods { get; set; } = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    /// <summary>Request headers that those pages may set.</summary>
    public IList<string> Headers { get; set; } =
    [
        "Accept", "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "traceparent", "X-Api-Key", "X-Correlation-ID",
        "X-Slipway-Actor",
    ];

    /// <summary>Response headers that those pages may read, beside the harmless ones.</summary>
    public IList<string> ExposedHeaders { get; set; } =
        ["ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Correlation-ID"];

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
    }

    /// <summary>As a browser writes it: scheme, host and a port that is not the scheme's own; lower case, nothing after.</summary>
    private static bool IsOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && string.Equals(uri.GetLeftPart(UriPartial.Authority), origin, StringComparison.Ordinal)
        && uri.UserInfo.Length == 0 && !origin.Contains('*', StringComparison.Ordinal);
}
