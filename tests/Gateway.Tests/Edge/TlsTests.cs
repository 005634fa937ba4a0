using System.Net;
using System.Net.Http.Json;
using System.Security.Authentication;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Edge.Tls;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Edge;

public sealed class TlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task ARequestOverTlsReachesTheBackendAndItKnowsTheScheme(string version)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address], [_certificates.Write("a", _certificates.Make("a.example"))]);
        var client = gateway.Client(_certificates.Root, Version.Parse(version));
        using var response = await client.GetAsync($"https://a.example:{gateway.Https.Port}/applications/echo", Cancellation);
        var echoed = await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation);
        Assert.Equal(Version.Parse(version), response.Version);
        Assert.Equal("https", echoed!["headers"]!["X-Forwarded-Proto"]!.GetValue<string>());
    }

    [Fact]
    public async Task EachNameIsShownItsCertificateWithItsIntermediate()
    {
        var (first, second, wild) = (_certificates.Make("a.example"), _certificates.Make("b.example"), _certificates.Make("*.c.example"));
        await using var gateway = await EdgeGateway.Start(
            [], [_certificates.Write("a", first), _certificates.Write("b", second), (_certificates.WritePfx("c", wild, "secret"), null)],
            [("Gateway:Tls:Certificates:2:Password", "secret")]);
        foreach (var (name, expected) in new[] { ("a.example", first), ("B.example", second), ("x.c.example", wild), ("c.example", first), ("unknown.example", first) })
        {
            var (shown, chain, stream) = await gateway.Handshake(name);
            await using var _ = stream;
            Assert.Equal((name, expected.Thumbprint), (name, shown.Thumbprint));
            Assert.Equal((name, 2), (name, chain));
        }
    }

#pragma warning disable SYSLIB0039, CA5397, CS0618 // Old versions are asked for to see them refused.
    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
    [InlineData(SslProtocols.Tls11, false)]
    public async Task OnlyTls12AndTls13AreSpoken(SslProtocols protocol, bool spoken)
    {
        await using var gateway = await EdgeGateway.Start([], [_certificates.Write("a", _certificates.Make("a.example"))]);
        if (spoken)
        {
            var (_, _, stream) = await gateway.Handshake("a.example", protocol);
            await using var _ = stream;
            Assert.Equal(protocol, stream.SslProtocol);
        }
        else
        {
            await Assert.ThrowsAnyAsync<Exception>(() => gateway.Handshake("a.example", protocol));
        }
    }
#pragma warning restore SYSLIB0039, CA5397, CS0618

    [Fact]
    public async Task ANewPairIsTakenUpWithoutARestartAndOpenConnectionsLive()
    {
        var (old, renewed) = (_certificates.Make("a.example"), _certificates.Make("a.example"));
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address], [_certificates.Write("a", old)]);
        var client = gateway.Client(_certificates.Root);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"https://a.example:{gateway.Https.Port}/applications/echo", Cancellation)).StatusCode);

        _certificates.Write("a", renewed);

        await Wait.Until(async () => await Shown(gateway) == renewed.Thumbprint, "the new certificate is shown");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"https://a.example:{gateway.Https.Port}/applications/echo", Cancellation)).StatusCode);
        Assert.Equal("Healthy", await CertificatesHealth(gateway));
    }

    public static TheoryData<string> BadReplacements => ["other-key", "expired", "future", "no-name", "other-name", "client-only", "garbage", "gone"];

    [Theory]
    [MemberData(nameof(BadReplacements))]
    public async Task ABadReplacementLeavesTheOldOneInForceAndIsSeenInHealth(string kind)
    {
        var old = _certificates.Make("a.example");
        var files = _certificates.Write("a", old);
        await using var gateway = await EdgeGateway.Start([], [files], [("Gateway:Tls:Certificates:0:Names:0", "a.example")]);
        Assert.Equal("Healthy", await CertificatesHealth(gateway));

        Spoil(kind, files);

        await Wait.Until(async () => await CertificatesHealth(gateway) == "Degraded", "the refusal is seen in health");
        Assert.Equal(old.Thumbprint, await Shown(gateway));
        Assert.DoesNotContain(_certificates.Folder, await gateway.Client().GetStringAsync("/health", Cancellation));

        _certificates.Write("a", old);
        await Wait.Until(async () => await CertificatesHealth(gateway) == "Healthy", "a good one mends it");
    }

    [Theory]
    [MemberData(nameof(BadReplacements))]
    public async Task ABadCertificateEndsTheStartAndIsNamed(string kind)
    {
        var files = _certificates.Write("a", _certificates.Make("a.example"));
        Spoil(kind, files);
        var refused = await Assert.ThrowsAnyAsync<OptionsValidationException>(
            () => EdgeGateway.Start([], [files], [("Gateway:Tls:Certificates:0:Names:0", "a.example")]));
        Assert.StartsWith("Gateway:Tls:Certificates:0: ", Assert.Single(refused.Failures));
        Assert.DoesNotContain("PRIVATE KEY", refused.Message);
    }

    [Fact]
    public async Task ACertificateThatEndsSoonDegradesHealth()
    {
        var soon = _certificates.Make("a.example", to: TimeProvider.System.GetUtcNow().AddDays(13));
        await using var gateway = await EdgeGateway.Start([], [_certificates.Write("a", soon)]);
        Assert.Equal("Degraded", await CertificatesHealth(gateway));
        Assert.Equal(soon.NotAfter.ToUniversalTime(), gateway.Services.GetRequiredService<CertificateStore>().InForce.Single().NotAfter.UtcDateTime);
    }

    [Fact]
    public async Task Http3IsAnnouncedOnlyWhereThePlatformHasIt()
    {
        await using var gateway = await EdgeGateway.Start([], [_certificates.Write("a", _certificates.Make("a.example"))]);
        using var response = await gateway.Client(_certificates.Root).GetAsync("/health", Cancellation);
        Assert.Equal(TlsListeners.HasQuic, response.Headers.Contains("Alt-Svc"));
    }

    private void Spoil(string kind, (string Path, string KeyPath) files)
    {
        var now = TimeProvider.System.GetUtcNow();
        switch (kind)
        {
            case "other-key":
                _certificates.Write("a", _certificates.Make("a.example"), keyOf: _certificates.Make("a.example"));
                break;
            case "expired":
                _certificates.Write("a", _certificates.Make("a.example", now.AddDays(-9), now.AddDays(-1)));
                break;
            case "future":
                _certificates.Write("a", _certificates.Make("a.example", now.AddDays(1), now.AddDays(9)));
                break;
            case "no-name":
                _certificates.Write("a", _certificates.Make(null));
                break;
            case "other-name":
                _certificates.Write("a", _certificates.Make("b.example"));
                break;
            case "client-only":
                _certificates.Write("a", _certificates.Make("a.example", usage: "1.3.6.1.5.5.7.3.2"));
                break;
            case "garbage":
                TestCertificates.Replace(files.Path, "no certificate");
                break;
            default:
                File.Delete(files.KeyPath);
                break;
        }
    }

    private static async Task<string> Shown(EdgeGateway gateway)
    {
        var (certificate, _, stream) = await gateway.Handshake("a.example");
        await using var _ = stream;
        return certificate.Thumbprint;
    }

    private static async Task<string?> CertificatesHealth(EdgeGateway gateway)
    {
        var health = await gateway.Client().GetFromJsonAsync<JsonNode>("/health", Cancellation);
        return health!["checks"]!["certificates"]!["status"]!.GetValue<string>();
    }
}
