using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Slipway.Api.Access.Tokens;

/// <param name="Client">Null: the token is not taken.</param>
/// <param name="Reason">For its holder; empty when it is taken.</param>
/// <param name="IsGuess">True when nothing proves that the issuer made it.</param>
internal readonly record struct TokenVerdict(Client? Client, string Reason, bool IsGuess)
{
    public static TokenVerdict Forged(string reason) => new(null, reason, IsGuess: true);

    public static TokenVerdict Refused(string reason) => new(null, reason, IsGuess: false);
}

/// <summary>Judges bearer tokens, after RFC 7519 and the advice of RFC 8725.</summary>
internal sealed class TokenVerification(IOptions<AccessOptions> options, SigningKeys keys, TimeProvider clock)
{
    private const int MaxSubjectLength = Client.MaxNameLength - 4;

    private readonly JwtOptions _options = options.Value.Jwt;

    public bool IsOn => _options.IsOn;

    public async ValueTask<TokenVerdict> JudgeAsync(string token, CancellationToken cancellationToken)
    {
        if (TokenParts.Parse(token) is not { } parts)
        {
            return TokenVerdict.Forged("That is not a token of the kind that is taken.");
        }

        if (parts.Algorithm is not (SigningKey.Rs256 or SigningKey.Es256))
        {
            return TokenVerdict.Forged("Only tokens signed with RS256 or ES256 are taken.");
        }

        if (await keys.FindAsync(parts.KeyId, cancellationToken) is not { } key)
        {
            // Not a guess: the issuer may have changed its keys, and they may be out of reach.
            return TokenVerdict.Refused("Its key is not known.");
        }

        return key.Algorithm == parts.Algorithm && key.Verify(parts.Signed, parts.Signature)
            ? JudgeClaims(parts.Claims)
            : TokenVerdict.Forged("Its signature is not right.");
    }

    private TokenVerdict JudgeClaims(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, TokenParts.Strict);
            var claims = document.RootElement;
            var objection = claims.ValueKind == JsonValueKind.Object ? Objection(claims) : "Its claims are no object.";
            return objection is null ? new TokenVerdict(ClientOf(claims), "", IsGuess: false) : TokenVerdict.Refused(objection);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return TokenVerdict.Refused("Its claims can't be read.");
        }
    }

    /// <summary>Null: the token is for us and for now.</summary>
    private string? Objection(JsonElement claims)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        var skew = _options.ClockSkew.TotalSeconds;
        if (!string.Equals(SigningKey.Text(claims, "iss"), _options.Issuer, StringComparison.Ordinal))
        {
            return "It comes from another issuer.";
        }

        if (!IsForUs(claims))
        {
            return "It is for another audience.";
        }

        if (!TryTime(claims, "exp", out var expires) || !TryTime(claims, "nbf", out var notBefore) || !TryTime(claims, "iat", out var issued) || expires is null)
        {
            return "It lacks a time at which it expires, or has a time that is none.";
        }

        if (expires + skew <= now)
        {
            return "It has expired.";
        }

        if (notBefore - skew > now || issued - skew > now)
        {
            return "It is not valid yet.";
        }

        return SigningKey.Text(claims, "sub") is { Length: > 0 and <= MaxSubjectLength } subject && !subject.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? null
            : $"Its subject is not a text of 1 to {MaxSubjectLength} visible ASCII characters.";
    }

    private bool IsForUs(JsonElement claims) => claims.TryGetProperty("aud", out var audience) && audience.ValueKind switch
    {
        JsonValueKind.String => audience.ValueEquals(_options.Audience),
        JsonValueKind.Array => audience.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.ValueEquals(_options.Audience)),
        _ => false,
    };

    /// <summary>Seconds since 1970, with a fraction or without.</summary>
    /// <returns>False when it is there and no such number.</returns>
    private static bool TryTime(JsonElement claims, string name, out double? seconds)
    {
        seconds = null;
        if (!claims.TryGetProperty(name, out var value))
        {
            return true;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !double.IsFinite(number))
        {
            return false;
        }

        seconds = number;
        return true;
    }

    private Client ClientOf(JsonElement claims) => new($"jwt:{SigningKey.Text(claims, "sub")}", Granted(claims).Where(Scopes.IsKnown).ToFrozenSet(StringComparer.Ordinal));

    private string[] Granted(JsonElement claims) => !claims.TryGetProperty(_options.ScopeClaim, out var scopes) ? [] : scopes.ValueKind switch
    {
        JsonValueKind.String => scopes.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        JsonValueKind.Array => scopes.EnumerateArray().Where(static scope => scope.ValueKind == JsonValueKind.String).Select(static scope => scope.GetString()!).ToArray(),
        _ => [],
    };
}
