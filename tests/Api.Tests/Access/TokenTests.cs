using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Slipway.Api.Access;
using Slipway.Api.Access.Tokens;
using Slipway.TestKit;

namespace Slipway.Api.Tests.Access;

/// <summary>Tokens of every bad kind, each made so that it would be taken but for the one thing that is wrong with it.</summary>
public sealed class TokenTests : IDisposable
{
    private readonly TestIssuer _issuer = new();
    private readonly FakeClock _clock = new();
    private readonly string _file = Path.GetTempFileName();
    private readonly SigningKeys _keys;
    private readonly TokenVerification _verification;

    public TokenTests()
    {
        File.WriteAllText(_file, _issuer.Jwks());
        var options = Options.Create(new AccessOptions { Jwt = new() { Issuer = TestIssuer.Issuer, Audience = TestIssuer.Audience, JwksFile = _file } });
        _keys = new SigningKeys(options, _clock, NullLogger<SigningKeys>.Instance);
        _verification = new TokenVerification(options, _keys, _clock);
    }

    private string Good => TestIssuer.Claims(_clock.GetUtcNow()).ToJsonString();

    public void Dispose()
    {
        _keys.Dispose();
        _issuer.Dispose();
        File.Delete(_file);
    }

    [Theory]
    [InlineData("rsa", "RS256")]
    [InlineData("ec", "ES256")]
    public async Task Judge_GoodToken_IsTakenWithTheScopesThatAreKnown(string kid, string algorithm)
    {
        var verdict = await JudgeAsync(_issuer.Token(Good, kid, algorithm));

        Assert.Equal("jwt:ada", verdict.Client?.Name);
        Assert.Equal(["releases:read", "releases:write"], verdict.Client!.Granted.Order(StringComparer.Ordinal));
    }

    public static TheoryData<string> Headers =>
    [
        """{"alg":"none","kid":"rsa"}""",
        """{"alg":"None","kid":"rsa"}""",
        """{"alg":"HS256","kid":"rsa"}""",
        """{"alg":"HS512","kid":"rsa"}""",
        """{"alg":"PS256","kid":"rsa"}""",
        """{"alg":"rs256","kid":"rsa"}""",
        """{"alg":"RS512","kid":"rsa"}""",
        """{"alg":"ES256","kid":"rsa"}""",
        """{"alg":"RS256","kid":"ec"}""",
        """{"alg":"RS256","kid":"RSA"}""",
        """{"alg":"RS256","kid":""}""",
        """{"alg":"RS256"}""",
        """{"alg":"RS256","kid":null}""",
        """{"alg":"RS256","kid":7}""",
        """{"alg":"RS256","kid":["rsa"]}""",
        """{"alg":["RS256"],"kid":"rsa"}""",
        """{"alg":"RS256","kid":"../../../../etc/passwd"}""",
        """{"alg":"RS256","kid":"https://evil.example/keys"}""",
        """{"alg":"RS256","kid":"' or 1=1 --"}""",
        """{"alg":"RS256","kid":"rsa\u0000"}""",
        $$"""{"alg":"RS256","kid":"{{new string('r', 5000)}}"}""",
        """{"alg":"RS256","alg":"RS256","kid":"rsa"}""",
        """{"alg":"RS256","kid":"rsa","kid":"rsa"}""",
        """{"alg":"RS256","kid":"rsa","crit":["exp"]}""",
        """{"alg":"RS256","kid":"rsa","b64":false}""",
        """{"alg":"RS256","kid":"rsa","zip":"DEF"}""",
        """{"alg":"RS256","kid":"rsa","enc":"A256GCM"}""",
        """{"alg":"RS256","kid":"rsa","typ":"dpop+jwt"}""",
        """{"alg":"RS256","kid":"rsa","typ":7}""",
        """{"alg":"RS256","kid":"other","jwk":{"kty":"RSA"}}""",
        """{"alg":"RS256","kid":"other","jku":"https://evil.example/jwks"}""",
        """["RS256"]""",
        "RS256",
        "{",
        "",
    ];

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task Judge_BadHeaderUnderARightSignature_IsRefused(string header) =>
        Assert.Null((await JudgeAsync(_issuer.Token(Good, header: header))).Client);

    [Fact]
    public async Task Judge_HeaderThatPointsToKeys_IsJudgedByOurs()
    {
        using var evil = new TestIssuer();
        const string header = """{"alg":"RS256","kid":"rsa","jku":"https://evil.example/jwks","jwk":{"kty":"RSA"}}""";

        Assert.NotNull((await JudgeAsync(_issuer.Token(Good, header: header))).Client);
        Assert.Equal((null, true), await OutcomeAsync(evil.Token(Good, header: header)));
    }

    [Fact]
    public async Task Judge_HmacWithThePublicKeyAsItsSecret_IsRefused()
    {
        foreach (var secret in new[] { _issuer.Rsa.ExportSubjectPublicKeyInfoPem(), _issuer.Rsa.ExportRSAPublicKeyPem(), _issuer.Jwks() })
        {
            foreach (var algorithm in new[] { "HS256", "RS256" })
            {
                var signed = $"{TestIssuer.Encode($$"""{"alg":"{{algorithm}}","kid":"rsa"}""")}.{TestIssuer.Encode(Good)}";
                var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed));

                Assert.Equal((null, true), await OutcomeAsync($"{signed}.{Base64Url.EncodeToString(signature)}"));
            }
        }
    }

    [Fact]
    public async Task Judge_AnythingInTheTokenChanged_IsRefused()
    {
        foreach (var token in new[] { _issuer.Token(Good), _issuer.Token(Good, "ec", "ES256") })
        {
            var random = new Random(20261121);
            for (var round = 0; round < 2_000; round++)
            {
                var changed = token.ToCharArray();
                changed[random.Next(changed.Length)] = "ABCxyz019-_.=+/ \n"[random.Next(17)];
                var text = new string(changed);
                Assert.True(text == token || (await JudgeAsync(text)).Client is null, text);
            }
        }
    }

    [Fact]
    public async Task Judge_TextThatIsNoToken_IsRefused()
    {
        var token = _issuer.Token(Good);
        var parts = token.Split('.');
        string[] texts =
        [
            "", ".", "..", "...", "a.b.c", token + ".", "." + token, $"{parts[0]}.{parts[1]}", $"{parts[0]}.{parts[1]}.", $"{parts[0]}..{parts[2]}", token + "=", token + " ", token.Replace('-', '+').Replace('_', '/') + "+",
            $"{parts[0]}.{parts[1]}.{parts[2]}.{parts[2]}.{parts[2]}", $"{parts[0]}=.{parts[1]}.{parts[2]}", token.ToUpperInvariant(), new string('a', 20_000), token + new string('A', 9_000), "ä.ö.ü", "\0.\0.\0",
            // The last character of a signature carries bits that mean nothing: another text for the same bytes.
            token[..^1] + NextWithTheSameBits(token[^1]),
        ];

        Assert.All(await Task.WhenAll(texts.Select(text => JudgeAsync(text).AsTask())), verdict => Assert.Equal((null, true), (verdict.Client, verdict.IsGuess)));
    }

    [Fact]
    public async Task Judge_EcSignatureOfAnotherForm_IsRefused()
    {
        var signed = _issuer.Token(Good, "ec", "ES256").Split('.');
        var right = Base64Url.DecodeFromChars(signed[2]);
        byte[][] signatures =
        [
            // r = s = 0, which a verifier once took for any token; the right one in another encoding, cut, and lengthened.
            new byte[64], _issuer.SignWithEcInDer($"{signed[0]}.{signed[1]}"), right[..63], right[..32], [.. right, 0], [0, .. right], [.. right, .. right],
        ];

        Assert.NotNull((await JudgeAsync(string.Join('.', signed))).Client);
        foreach (var signature in signatures)
        {
            Assert.Equal((null, true), await OutcomeAsync($"{signed[0]}.{signed[1]}.{Base64Url.EncodeToString(signature)}"));
        }
    }

    public static TheoryData<string, string?> BadClaims => new()
    {
        { "iss", "\"https://issuer.example\"" }, { "iss", "\"HTTPS://ISSUER.EXAMPLE/\"" }, { "iss", null }, { "iss", "[\"https://issuer.example/\"]" },
        { "aud", "\"other\"" }, { "aud", "[]" }, { "aud", "[\"other\",7,null]" }, { "aud", null }, { "aud", "{\"slipway\":1}" }, { "aud", "\"slipway \"" },
        { "exp", null }, { "exp", "\"9999999999\"" }, { "exp", "true" }, { "exp", "-1" }, { "exp", "0" }, { "exp", "1e999" }, { "exp", "null" }, { "exp", "{}" },
        { "nbf", "\"0\"" }, { "nbf", "9999999999" }, { "nbf", "null" }, { "iat", "9999999999" }, { "iat", "[]" },
        { "sub", null }, { "sub", "\"\"" }, { "sub", "7" }, { "sub", "\"a b\"" }, { "sub", "\"a\\r\\nX-Slipway-Client: key:first\"" }, { "sub", "\"\u00e4\"" },
        { "sub", $"\"{new string('s', 97)}\"" },
    };

    [Theory]
    [MemberData(nameof(BadClaims))]
    public async Task Judge_BadClaim_IsRefusedAndNoGuess(string name, string? json)
    {
        var claims = TestIssuer.Claims(_clock.GetUtcNow());
        claims.Remove(name);
        var text = json is null ? claims.ToJsonString() : claims.ToJsonString()[..^1] + $",\"{name}\":{json}}}";

        Assert.Equal((null, false), await OutcomeAsync(_issuer.Token(text)));
    }

    [Fact]
    public async Task Judge_ClaimsThatStandTwiceOrAreNoObject_AreRefused()
    {
        var twice = Good[..^1] + ",\"sub\":\"root\"}";

        Assert.All(await Task.WhenAll(new[] { twice, "[]", "7", "\"\"", "{", "", new string('[', 5_000) }.Select(claims => JudgeAsync(_issuer.Token(claims)).AsTask())), verdict => Assert.Null(verdict.Client));
    }

    [Fact]
    public async Task Judge_TimesAtTheirBounds_AllowForTheSkewAndNoMore()
    {
        var now = _clock.GetUtcNow();
        async Task<bool> IsTakenAsync(string name, double seconds)
        {
            var claims = TestIssuer.Claims(now);
            claims[name] = (now.ToUnixTimeMilliseconds() / 1000.0) + seconds;
            return (await JudgeAsync(_issuer.Token(claims.ToJsonString()))).Client is not null;
        }

        Assert.Equal((true, false), (await IsTakenAsync("exp", -29.5), await IsTakenAsync("exp", -30)));
        Assert.Equal((true, false), (await IsTakenAsync("nbf", 30), await IsTakenAsync("nbf", 30.5)));
        Assert.Equal((true, false), (await IsTakenAsync("iat", 30), await IsTakenAsync("iat", 30.5)));
    }

    [Theory]
    [InlineData("\"releases:read\"", "releases:read")]
    [InlineData("[\"audit:read\",\"releases:read\",7]", "audit:read releases:read")]
    [InlineData("\"  access:manage   access:manage \"", "access:manage")]
    [InlineData("\"RELEASES:READ releases:* releases:read,audit:read\"", "")]
    [InlineData("7", "")]
    [InlineData("null", "")]
    public async Task Judge_Scopes_OnlyThoseThatAreKnown(string json, string granted)
    {
        var claims = TestIssuer.Claims(_clock.GetUtcNow());
        claims["scope"] = JsonNode.Parse(json);

        Assert.Equal(granted, string.Join(' ', (await JudgeAsync(_issuer.Token(claims.ToJsonString()))).Client!.Granted.Order(StringComparer.Ordinal)));
    }

    private ValueTask<TokenVerdict> JudgeAsync(string token) => _verification.JudgeAsync(token, TestContext.Current.CancellationToken);

    private async Task<(Client? Client, bool IsGuess)> OutcomeAsync(string token)
    {
        var verdict = await JudgeAsync(token);
        return (verdict.Client, verdict.IsGuess);
    }

    private static char NextWithTheSameBits(char last)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return alphabet[alphabet.IndexOf(last, StringComparison.Ordinal) ^ 1];
    }
}
