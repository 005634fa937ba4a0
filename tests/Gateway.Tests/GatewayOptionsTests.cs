using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Tests;

public sealed class GatewayOptionsTests
{
    [Fact]
    public void Configuration_WithSeveralErrors_NamesThemAllAtOnce()
    {
        var refused = Refusal(
            ("Gateway:Retries:MaxAttempts", "0"),
            ("Gateway:Connections:Lanes", "1000"),
            ("Gateway:Connections:ProvePath", "alive"),
            ("Gateway:Destinations:ProbeInterval", "00:00:00"),
            ("Gateway:ForwardedHeaders:TrustedProxies:0", "10.0.0.0/8"),
            ("Gateway:ForwardedHeaders:TrustedProxies:1", "proxy.example"),
            ("services:api:http:0", "http://localhost:5080"),
            ("services:api:http:1", "ftp://localhost:21"),
            ("services:api:http:2", "http://localhost:5080/path"));

        string[] named =
        [
            "MaxAttempts", "Lanes", "ProvePath", "ProbeInterval", "'proxy.example'", "services:api:http:1: 'ftp://localhost:21'",
            "services:api:http:2: 'http://localhost:5080/path'",
        ];
        Assert.All(named, name => Assert.Contains(refused, failure => failure.Contains(name)));
        Assert.Equal(named.Length, refused.Count);
    }

    [Theory]
    [InlineData("Gateway:Retries:MaxAttemps", "3", "MaxAttemps")]
    [InlineData("Gateway:Retries:Deadline", "soon", "Gateway:Retries:Deadline")]
    public void Configuration_ThatCannotBeRead_NamesTheKey(string key, string value, string named) =>
        Assert.Contains(named, Assert.Single(Refusal((key, value))));

    [Fact]
    public void Configuration_OfNothing_IsValid()
    {
        using var app = (IDisposable)GatewayApp.Build(["--environment=Development"]);
        Assert.NotNull(app);
    }

    private static List<string> Refusal(params (string Key, string Value)[] settings) =>
        [.. Assert.ThrowsAny<OptionsValidationException>(() => GatewayApp.Build(["--environment=Development"], builder =>
            builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))))).Failures];
}
