using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Tests.Edge;

public sealed class EdgeOptionsTests
{
    public static TheoryData<string, string, string> Invalid => new()
    {
        { "Tls:Certificates:0:KeyPath", "/tmp/a.key", "Path" },
        { "Tls:Certificates:0:Path", "/nowhere/a.pem", "Gateway:Tls:Certificates:0: '/nowhere/a.pem': there is no such file" },
        { "Tls:Certificates:0:Path", "/nowhere/a.pfx", "'/nowhere/a.pfx': there is no such file" },
        { "Tls:CheckInterval", "00:00:00", "CheckInterval" },
        { "Https:Port", "0", "Port" },
        { "Https:Redirect", "true", "Https:Redirect leads nowhere" },
        { "Https:HstsMaxAge", "-00:00:01", "HstsMaxAge" },
        { "Https:HstsPreload", "true", "Https:HstsPreload" },
        { "Headers:ContentSecurityPolicy", "default-src\r\nX-Evil: 1", "no header may hold" },
        { "Headers:PagePaths:0", "docs", "'docs' is no path" },
        { "Hosts:0", "a.example:443", "'a.example:443'" },
        { "Hosts:0", "*", "'*'" },
        { "Hosts:0", "a.*.example", "'a.*.example'" },
        { "Cors:Origins:0", "*", "'*'" },
        { "Cors:Origins:0", "null", "'null'" },
        { "Cors:Origins:0", "https://a.example/", "'https://a.example/'" },
        { "Cors:Origins:0", "https://*.example", "'https://*.example'" },
        { "Cors:Origins:0", "HTTPS://A.example", "'HTTPS://A.example'" },
        { "Cors:Origins:0", "https://a.example:443", "'https://a.example:443'" },
        { "Cors:Origins:0", "ftp://a.example", "'ftp://a.example'" },
        { "Cors:Headers:0", "*", "'*'" },
        { "Cors:ExposedHeaders:0", "X-A\r\nX-B", "neither a method nor a header" },
        { "Cors:MaxAge", "2.00:00:00", "MaxAge" },
        { "Compression:MinBytes", "-1", "MinBytes" },
        { "Cache:MaxBytes", "1", "MaxBytes" },
        { "Affinity:CookieName", "a;b", "CookieName" },
        { "Affinity:MaxAge", "00:00:01", "MaxAge" },
        { "Maintenance:StateFile", "state.json", "no absolute path" },
        { "Maintenance:StateFile", "/proc/slipway/state.json", "can't be used" },
        { "Maintenance:MaxHeld", "0", "MaxHeld" },
        { "Maintenance:MaxHold", "00:06:00", "MaxHold" },
        { "Maintenance:RetryAfter", "00:00:00", "RetryAfter" },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Configuration_OfTheEdgeInError_EndsTheStartAndIsNamed(string key, string value, string named)
    {
        var refused = Assert.ThrowsAny<OptionsValidationException>(() => GatewayApp.Build(["--environment=Development"], builder =>
            builder.Configuration.AddInMemoryCollection([KeyValuePair.Create($"Gateway:{key}", (string?)value)])));
        Assert.Contains(named, Assert.Single(refused.Failures));
    }
}
