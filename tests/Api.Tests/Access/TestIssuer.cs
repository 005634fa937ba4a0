using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Api.Tests.Access;

/// <summary>An issuer of tokens with one RSA and one EC key, able to make every kind of bad token.</summary>
internal sealed class TestIssuer : IDisposable
{
    public const string Issuer = "https://issuer.example/";
    public const string Audience = "slipway";

    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public RSA Rsa { get; } = RSA.Create(2048);

    public void Dispose()
    {
        Rsa.Dispose();
        _ec.Dispose();
    }

    /// <summary>The published keys: <c>rsa</c> and <c>ec</c>, with a suffix for keys of another generation.</summary>
    public string Jwks(string suffix = "")
    {
        var (rsa, ec) = (Rsa.ExportParameters(false), _ec.ExportParameters(false));
        return JsonSerializer.Serialize(new
        {
            keys = new object[]
            {
                new { kty = "RSA", use = "sig", alg = "RS256", kid = "rsa" + suffix, n = Base64Url.EncodeToString(rsa.Modulus), e = Base64Url.EncodeToString(rsa.Exponent) },
                new { kty = "EC", crv = "P-256", kid = "ec" + suffix, x = Base64Url.EncodeToString(ec.Q.X), y = Base64Url.EncodeToString(ec.Q.Y) },
            },
        });
    }

    /// <summary>Claims that are taken at that time.</summary>
    public static JsonObject Claims(DateTimeOffset now) => new()
    {
        ["iss"] = Issuer,
        ["aud"] = Audience,
        ["sub"] = "ada",
        ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
        ["nbf"] = now.AddMinutes(-5).ToUnixTimeSeconds(),
        ["iat"] = now.AddMinutes(-5).ToUnixTimeSeconds(),
        ["scope"] = "releases:read openid releases:write",
    };

    /// <param name="claims">As JSON text, well-formed or not.</param>
    /// <param name="kid">Of the key that the header names.</param>
    /// <param name="algorithm">RS256 or ES256: also chooses the key that signs.</param>
    /// <param name="header">In the place of the right header; null for that.</param>
    public string Token(string claims, string kid = "rsa", string algorithm = "RS256", string? header = null)
    {
        var signed = $"{Encode(header ?? $$"""{"alg":"{{algorithm}}","typ":"JWT","kid":"{{kid}}"}""")}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(Sign(signed, algorithm))}";
    }

    public byte[] Sign(string signed, string algorithm) => algorithm == "RS256"
        ? Rsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        : _ec.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);

    /// <summary>As X.509 has signatures, which JWS has not.</summary>
    public byte[] SignWithEcInDer(string signed) => _ec.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
