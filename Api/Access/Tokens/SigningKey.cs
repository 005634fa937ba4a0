using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Slipway.Api.Access.Tokens;

/// <summary>A public key of the issuer, for the one algorithm that its kind stands for. What a token's header says never chooses the algorithm.</summary>
internal sealed class SigningKey : IDisposable
{
    public const string Rs256 = "RS256";
    public const string Es256 = "ES256";

    private const int MinRsaBits = 2048;

    /// <summary>Longer ones would let a token cost much more than a request may.</summary>
    private const int MaxRsaBits = 4096;
    private const int MaxExponentBytes = 4;
    private const int CoordinateBytes = 32;

    private readonly RSA? _rsa;
    private readonly ECDsa? _ec;

    private SigningKey(RSA rsa) => (_rsa, Algorithm) = (rsa, Rs256);

    private SigningKey(ECDsa ec) => (_ec, Algorithm) = (ec, Es256);

    /// <summary><see cref="Rs256"/> or <see cref="Es256"/>.</summary>
    public string Algorithm { get; }

    public bool Verify(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature) => _rsa is not null
        ? signature.Length == _rsa.KeySize / 8 && _rsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        : signature.Length == 2 * CoordinateBytes && _ec!.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public void Dispose()
    {
        _rsa?.Dispose();
        _ec?.Dispose();
    }

    /// <summary>Reads <c>{"kty":"RSA","kid":"1","n":"…","e":"AQAB"}</c> or <c>{"kty":"EC","crv":"P-256","kid":"2","x":"…","y":"…"}</c>.</summary>
    /// <returns>Null for a key of another kind, length or use: a set may have such beside ours.</returns>
    public static SigningKey? Read(JsonElement jwk)
    {
        if (Text(jwk, "use") is not (null or "sig"))
        {
            return null;
        }

        try
        {
            return (Text(jwk, "kty"), Text(jwk, "crv"), Text(jwk, "alg")) switch
            {
                ("RSA", _, null or Rs256) => ReadRsa(jwk),
                ("EC", "P-256", null or Es256) => ReadEc(jwk),
                _ => null,
            };
        }
        catch (Exception malformed) when (malformed is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private static SigningKey? ReadRsa(JsonElement jwk)
    {
        var (modulus, exponent) = (Number(jwk, "n"), Number(jwk, "e"));
        if (modulus is null || exponent is null || exponent.Length > MaxExponentBytes || modulus.Length * 8 is < MinRsaBits or > MaxRsaBits)
        {
            return null;
        }

        var rsa = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
        if (rsa.KeySize is >= MinRsaBits and <= MaxRsaBits)
        {
            return new SigningKey(rsa);
        }

        rsa.Dispose();
        return null;
    }

    private static SigningKey? ReadEc(JsonElement jwk) =>
        Number(jwk, "x") is { Length: CoordinateBytes } x && Number(jwk, "y") is { Length: CoordinateBytes } y
            // Refuses a point that isn't on the curve.
            ? new SigningKey(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } }))
            : null;

    private static byte[]? Number(JsonElement jwk, string name) => Text(jwk, name) is { } text ? Base64Url.DecodeFromChars(text) : null;

    internal static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
