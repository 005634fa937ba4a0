using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Slipway.Api.Access.Tokens;

/// <summary>A token taken apart (JWS compact serialization, RFC 7515), nothing of it proven.</summary>
/// <param name="Algorithm">As its header claims.</param>
/// <param name="KeyId">As its header claims; only ever looked up among the issuer's keys.</param>
/// <param name="Signed">What the signature is about.</param>
/// <param name="Signature">Whatever stands there.</param>
/// <param name="Claims">To be read once the signature is good.</param>
internal sealed record TokenParts(string Algorithm, string KeyId, byte[] Signed, byte[] Signature, byte[] Claims)
{
    /// <summary>In characters; what servers take as a header line is not much longer.</summary>
    public const int MaxLength = 8 * 1024;

    private const int MaxKeyIdLength = 200;

    private static readonly SearchValues<char> s_alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Of claims and header: nothing twice, of which two readers could take different ones.</summary>
    internal static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Null when it hasn't the form of a token that could be taken.</summary>
    public static TokenParts? Parse(string token)
    {
        if (token.Length > MaxLength || token.Split('.') is not [var header, var claims, var signature])
        {
            return null;
        }

        return Decode(header) is { } headerBytes && Decode(claims) is { } claimBytes && Decode(signature) is { } signatureBytes
            && ReadHeader(headerBytes) is (var algorithm, var keyId)
            ? new TokenParts(algorithm, keyId, Encoding.ASCII.GetBytes(token, 0, header.Length + 1 + claims.Length), signatureBytes, claimBytes)
            : null;
    }

    /// <summary>Headers that point to keys (jwk, jku, x5c, x5u) are not read at all; those that change what is signed are refused.</summary>
    private static (string Algorithm, string KeyId)? ReadHeader(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            var header = document.RootElement;
            return header.ValueKind == JsonValueKind.Object
                && SigningKey.Text(header, "alg") is { } algorithm
                && SigningKey.Text(header, "kid") is { Length: > 0 and <= MaxKeyIdLength } keyId
                && !header.TryGetProperty("crit", out _) && !header.TryGetProperty("b64", out _) && !header.TryGetProperty("zip", out _) && !header.TryGetProperty("enc", out _)
                && IsTokenType(header)
                ? (algorithm, keyId)
                : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Absent, JWT, or an access token (RFC 9068): no token that was issued for another purpose.</summary>
    private static bool IsTokenType(JsonElement header) =>
        !header.TryGetProperty("typ", out var type)
        || (type.ValueKind == JsonValueKind.String && type.GetString()!.ToUpperInvariant() is "JWT" or "AT+JWT" or "APPLICATION/AT+JWT");

    /// <summary>Without padding, white space or bits that mean nothing: one text for one value.</summary>
    private static byte[]? Decode(string text)
    {
        if (text.Length == 0 || text.Length % 4 == 1 || text.AsSpan().ContainsAnyExcept(s_alphabet))
        {
            return null;
        }

        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        // Not TryDecodeFromChars, which throws where the last character has such bits.
        return Base64Url.DecodeFromChars(text, bytes, out _, out var length) == OperationStatus.Done && Base64Url.EncodeToString(bytes.AsSpan(0, length)) == text
            ? bytes[..length]
            : null;
    }
}
