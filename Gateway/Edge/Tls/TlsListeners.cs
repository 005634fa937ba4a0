using System.Net.Quic;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Edge.Tls;

/// <summary>Gives Kestrel's https endpoints the certificates of the <see cref="CertificateStore"/>, TLS 1.2 and 1.3, and HTTP/3 where there is QUIC.</summary>
internal sealed class TlsListeners(
    CertificateStore certificates, HttpsAddresses addresses, IOptions<GatewayOptions> options, ILogger<TlsListeners> logger) : IConfigureOptions<KestrelServerOptions>
{
    /// <summary>With forward secrecy and authenticated encryption only (RFC 9325 section 4.2).</summary>
    private static readonly TlsCipherSuite[] s_suites =
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    /// <summary>The platform's own policy stands where suites can't be chosen.</summary>
    private readonly CipherSuitesPolicy? _suites =
        OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() ? new CipherSuitesPolicy(s_suites) : null;

    /// <summary>Whether this platform has QUIC.</summary>
    public static bool HasQuic =>
        (OperatingSystem.IsLinux() || OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()) && QuicListener.IsSupported;

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.ConfigureHttpsDefaults(static https => https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13);
        if (certificates.IsEmpty)
            return;
        var http3 = options.Value.Tls.Http3 && HasQuic;
        if (options.Value.Tls.Http3 && !http3)
            logger.NoQuic();
        kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            if (!addresses.IsHttps(endpoint.EndPoint))
                return;
            // Kestrel announces HTTP/3 by Alt-Svc on the endpoints that have it, and on no other.
            if (http3 && endpoint.Protocols == HttpProtocols.Http1AndHttp2)
                endpoint.Protocols = HttpProtocols.Http1AndHttp2AndHttp3;
            endpoint.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = TimeSpan.FromSeconds(10),
                OnConnection = context => ValueTask.FromResult(Answer(context.ClientHelloInfo.ServerName)),
            });
        });
    }

    private SslServerAuthenticationOptions Answer(string? name)
    {
        var answer = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificates.Select(name).Context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
        };
        if (_suites is not null && (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()))
            answer.CipherSuitesPolicy = _suites;
        return answer;
    }
}
