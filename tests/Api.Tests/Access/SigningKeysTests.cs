using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Slipway.Api.Access;
using Slipway.Api.Access.Tokens;
using Slipway.TestKit;

namespace Slipway.Api.Tests.Access;

/// <summary>The issuer's keys over real HTTP, from an issuer that changes its keys, is away, or answers badly.</summary>
public sealed class SigningKeysTests : IAsyncLifetime
{
    private readonly TestIssuer _issuer = new();
    private readonly FakeClock _clock = new();
    private WebApplication? _server;
    private SigningKeys? _keys;
    private Func<HttpContext, Task> _answer = static _ => Task.CompletedTask;
    private int _asked;

    private SigningKeys Keys => _keys!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(context =>
        {
            Interlocked.Increment(ref _asked);
            return _answer(context);
        });
        await _server.StartAsync(TestContext.Current.CancellationToken);
        var jwt = new JwtOptions { Issuer = TestIssuer.Issuer, Audience = TestIssuer.Audience, JwksUrl = new Uri(_server.Urls.Single() + "/jwks"), ReadTimeout = TimeSpan.FromSeconds(2) };
        _keys = new SigningKeys(Options.Create(new AccessOptions { Jwt = jwt }), _clock, NullLogger<SigningKeys>.Instance);
        Publish("");
    }

    public async ValueTask DisposeAsync()
    {
        Keys.Dispose();
        _issuer.Dispose();
        await _server!.DisposeAsync();
    }

    [Fact]
    public async Task Find_ManyAtOnceAndLater_AsksTheIssuerOnce()
    {
        var found = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => FindAsync("rsa")));
        _clock.Advance(TimeSpan.FromMinutes(9));

        Assert.All(found, key => Assert.Equal("RS256", key?.Algorithm));
        Assert.Equal(("ES256", 1), ((await FindAsync("ec"))?.Algorithm, _asked));
    }

    [Fact]
    public async Task Find_UnknownKey_AsksAgainButNotMoreOftenThanAllowed()
    {
        Assert.NotNull(await FindAsync("rsa"));
        for (var guess = 0; guess < 100; guess++)
        {
            Assert.Null(await FindAsync($"guess{guess}"));
        }

        Assert.Equal(1, _asked);
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(await FindAsync("guess"));
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task Find_AfterTheIssuerChangedItsKeys_TakesTheNewAndNotTheOld()
    {
        Assert.NotNull(await FindAsync("rsa"));
        Publish("2");
        _clock.Advance(TimeSpan.FromSeconds(31));

        Assert.NotNull(await FindAsync("rsa2"));
        Assert.Null(await FindAsync("rsa"));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(404)]
    [InlineData(302)]
    public async Task Find_IssuerAnswersBadly_GoesOnWithTheKnownKeysForTheirTime(int status)
    {
        Assert.NotNull(await FindAsync("rsa"));
        _answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        };
        _clock.Advance(TimeSpan.FromHours(23));
        Assert.NotNull(await FindAsync("rsa"));
        Assert.Null(await FindAsync("unknown"));
        _clock.Advance(TimeSpan.FromHours(2));

        Assert.Null(await FindAsync("rsa"));
        Publish("");
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await FindAsync("rsa"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""{"keys":{}}""")]
    [InlineData("[")]
    [InlineData("""{"keys":[{"kty":"oct","kid":"rsa","k":"c2VjcmV0"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"rsa","n":"AQAB","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-256","kid":"ec","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}""")]
    public async Task Find_SetWithoutAUsableKey_KeepsTheKnownOnes(string json)
    {
        Assert.NotNull(await FindAsync("rsa"));
        _answer = context => context.Response.WriteAsync(json);
        _clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Null(await FindAsync("unknown"));

        Assert.Equal(2, _asked);
        Assert.NotNull(await FindAsync("rsa"));
    }

    [Fact]
    public async Task Find_AnswerWithoutEndOrTooLarge_IsGivenUp()
    {
        Assert.NotNull(await FindAsync("rsa"));
        _answer = async context =>
        {
            var chunk = new byte[64 * 1024];
            for (var size = 0; size <= SigningKeySet.MaxBytes; size += chunk.Length)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            }
        };
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await FindAsync("unknown"));

        var left = new TaskCompletionSource();
        _answer = async context =>
        {
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.RequestAborted.Register(left.SetResult);
            await left.Task;
        };
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await FindAsync("unknown"));
        await left.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.NotNull(await FindAsync("rsa"));
    }

    [Fact]
    public void Read_SetOfManyKinds_TakesOnlyWhatIsStrongAndUnambiguous()
    {
        using var small = RSA.Create(1024);
        var parameters = small.ExportParameters(false);
        var weak = $$"""{"kty":"RSA","kid":"weak","n":"{{System.Buffers.Text.Base64Url.EncodeToString(parameters.Modulus)}}","e":"AQAB"}""";
        var keys = _issuer.Jwks()[9..^2];
        var set = SigningKeySet.Read(System.Text.Encoding.UTF8.GetBytes($$"""
            {"keys":[{{keys}},{{weak}},7,null,{"kty":"OKP","kid":"ed"},{{keys.Replace("\"rsa\"", "\"twice\"", StringComparison.Ordinal).Replace("\"ec\"", "\"twice\"", StringComparison.Ordinal)}},
            {{keys.Replace("\"rsa\"", "\"enc\"", StringComparison.Ordinal).Replace("\"sig\"", "\"enc\"", StringComparison.Ordinal).Replace("\"ec\"", "\"p384\"", StringComparison.Ordinal).Replace("P-256", "P-384", StringComparison.Ordinal)}}]}
            """));

        Assert.Equal(2, set.Count);
        Assert.All(new[] { "weak", "ed", "twice", "enc", "p384" }, id => Assert.Null(set.Find(id)));
    }

    [Theory]
    [InlineData(true, null, "https://i/keys", null, "Audience")]
    [InlineData(true, "a", null, null, "JwksUrl or JwksFile")]
    [InlineData(true, "a", "https://i/keys", "/file", "JwksUrl or JwksFile")]
    [InlineData(true, "a", "http://i/keys", null, "https")]
    [InlineData(true, "a", "file:///keys", null, "https")]
    [InlineData(false, "a", null, null, "Issuer")]
    [InlineData(true, "a", "https://i/keys", null, null)]
    [InlineData(false, null, null, null, null)]
    public void Errors_Settings_NameWhatIsMissingOrUnsafe(bool hasIssuer, string? audience, string? url, string? file, string? error)
    {
        var options = new JwtOptions { Issuer = hasIssuer ? "i" : null, Audience = audience, JwksUrl = url is null ? null : new Uri(url), JwksFile = file };

        Assert.Equal(error is null ? 0 : 1, options.Errors(isDevelopment: false).Count(text => text.Contains(error ?? "", StringComparison.Ordinal)));
        Assert.Equal(url == "http://i/keys" ? 0 : options.Errors(isDevelopment: false).Count(), options.Errors(isDevelopment: true).Count());
    }

    private void Publish(string suffix) => _answer = context => context.Response.WriteAsync(_issuer.Jwks(suffix));

    private Task<SigningKey?> FindAsync(string id) => Keys.FindAsync(id, TestContext.Current.CancellationToken).AsTask();
}
