using System.ComponentModel.DataAnnotations;

namespace Slipway.Api.Access.Tokens;

/// <summary>Whose tokens (JWT, RFC 7519) are taken; configuration section <c>Access:Jwt</c>. Nobody's without an issuer.</summary>
internal sealed class JwtOptions
{
    /// <summary>What <c>iss</c> has to be, to the letter; null: no tokens are taken.</summary>
    [StringLength(500, MinimumLength = 1)]
    public string? Issuer { get; set; }

    /// <summary>What <c>aud</c> has to be or to contain; needed with an issuer.</summary>
    [StringLength(500, MinimumLength = 1)]
    public string? Audience { get; set; }

    /// <summary>Where the issuer publishes its keys (JWKS, RFC 7517); https, in Development http too. Either this or <see cref="JwksFile"/>.</summary>
    public Uri? JwksUrl { get; set; }

    /// <summary>A file with the issuer's keys, which is read again as the URL is.</summary>
    [StringLength(4096, MinimumLength = 1)]
    public string? JwksFile { get; set; }

    /// <summary>By how much the issuer's clock may differ from ours.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The claim with the scopes: a text with spaces between them, or an array. <c>scope</c> (RFC 8693) or <c>scp</c>, mostly.</summary>
    [StringLength(100, MinimumLength = 1)]
    public string ScopeClaim { get; set; } = "scope";

    /// <summary>How old the keys may grow before they are read again.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan RefreshAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long after a reading a token with an unknown key may cause another one.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RefreshAtMostEvery { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long keys that can't be read again go on being taken.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long reading the keys may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(3);

    public bool IsOn => Issuer is not null;

    /// <summary>What the members mean together.</summary>
    public IEnumerable<string> Errors(bool isDevelopment)
    {
        if (!IsOn)
        {
            if (Audience is not null || JwksUrl is not null || JwksFile is not null)
            {
                yield return "Issuer is missing.";
            }

            yield break;
        }

        if (Audience is null)
        {
            yield return "Audience is missing: without it tokens for other services of the issuer would be taken.";
        }

        if ((JwksUrl is null) == (JwksFile is null))
        {
            yield return "Either JwksUrl or JwksFile is needed.";
        }

        if (JwksUrl is not null && (!JwksUrl.IsAbsoluteUri || !(JwksUrl.Scheme == Uri.UriSchemeHttps || (isDevelopment && JwksUrl.Scheme == Uri.UriSchemeHttp))))
        {
            yield return $"JwksUrl '{JwksUrl}' must begin with https://: who can change the keys on their way can make tokens.";
        }
    }
}
