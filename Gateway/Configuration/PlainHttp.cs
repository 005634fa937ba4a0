using Slipway.ServiceDefaults.Configuration;

namespace Slipway.Gateway.Configuration;

/// <summary>What clients send must be encrypted somewhere: here, or at a proxy that is named, or somebody said that it need not be.</summary>
internal sealed class PlainHttp : IProductionRule
{
    public IEnumerable<string> Refusals(IConfiguration configuration)
    {
        var gateway = configuration.GetSection(GatewayOptions.Section);
        var isAllowed = bool.TryParse(gateway[nameof(GatewayOptions.AllowPlainHttp)], out var allowed) && allowed;
        if (isAllowed || HasTls(configuration) || gateway.GetSection("ForwardedHeaders:TrustedProxies").GetChildren().Any())
            yield break;
        yield return "Gateway: clients would be served over plain HTTP. Give it a certificate (Gateway:Tls:Certificates or an https address), name the proxies that "
            + "end TLS before it (Gateway:ForwardedHeaders:TrustedProxies), or set Gateway:AllowPlainHttp=true where the network is trusted.";
    }

    private static bool HasTls(IConfiguration configuration) =>
        configuration.GetSection("Gateway:Tls:Certificates").GetChildren().Any()
        || !string.IsNullOrEmpty(configuration["https_ports"])
        || configuration["urls"]?.Contains("https://", StringComparison.OrdinalIgnoreCase) == true
        || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any(static endpoint => endpoint["Url"]?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) == true);
}
