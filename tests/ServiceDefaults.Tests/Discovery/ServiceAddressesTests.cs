using Microsoft.Extensions.Configuration;
using Slipway.ServiceDefaults.Discovery;

namespace Slipway.ServiceDefaults.Tests.Discovery;

public sealed class ServiceAddressesTests
{
    private static readonly Dictionary<string, string?> s_configuration = new()
    {
        ["services:api:http:0"] = "http://10.0.0.1:8080",
        ["services:api:http:1"] = "http://10.0.0.2:8080/",
        ["services:api:https:0"] = "https://10.0.0.1:8443",
        ["services:api:admin:0"] = "http://10.0.0.1:9000",
        ["services:api:grpc:0"] = "10.0.0.1:9090",
        ["services:plain:http:0"] = "http://10.0.0.3:80",
        ["services:single:http"] = "http://10.0.0.4:81",
        ["services:mixed:default:0"] = "http://10.0.0.5:82",
        ["services:mixed:default:1"] = "https://10.0.0.5:444",
        ["services:bad:http:0"] = "http://",
    };

    private static ServiceAddresses Addresses() =>
        new(new ConfigurationBuilder().AddInMemoryCollection(s_configuration).Build());

    [Theory]
    [InlineData("http://api/a?b=1", "http://10.0.0.1:8080/a?b=1")]
    [InlineData("http://API/a", "http://10.0.0.1:8080/a")]
    [InlineData("https+http://api/", "https://10.0.0.1:8443/")]
    [InlineData("https+http://plain/", "http://10.0.0.3/")]
    [InlineData("http://_admin.api/x", "http://10.0.0.1:9000/x")]
    [InlineData("http://_grpc.api/x", "http://10.0.0.1:9090/x")]
    [InlineData("http://single/", "http://10.0.0.4:81/")]
    [InlineData("https+http://mixed/", "https://10.0.0.5:444/")]
    [InlineData("http://mixed/", "http://10.0.0.5:82/")]
    [InlineData("https://plain/", "https://plain/")]
    [InlineData("http://_none.api/", "http://_none.api/")]
    [InlineData("http://example.com:81/p", "http://example.com:81/p")]
    [InlineData("https+http://unknown/p", "https://unknown/p")]
    public void Next_OfALogicalUri_IsTheConfiguredAddress(string logical, string expected)
    {
        using var addresses = Addresses();
        Assert.Equal(expected, addresses.Next(new Uri(logical)).ToString());
    }

    [Fact]
    public void Next_WithSeveralAddresses_TakesTurns()
    {
        using var addresses = Addresses();
        var hosts = Enumerable.Range(0, 4).Select(_ => addresses.Next(new Uri("http://api/")).Host);
        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.2"], hosts);
    }

    [Fact]
    public void Find_GivesAllAddressesOfTheBestScheme()
    {
        using var addresses = Addresses();
        Assert.Equal(["http://10.0.0.1:8080/", "http://10.0.0.2:8080/"], addresses.Find(new Uri("http://api")).Select(uri => uri.ToString()));
        Assert.Empty(addresses.Find(new Uri("http://unknown")));
    }

    [Fact]
    public void Next_WithAValueThatIsNoAddress_NamesItsKey()
    {
        using var addresses = Addresses();
        var error = Assert.Throws<InvalidOperationException>(() => addresses.Next(new Uri("http://bad")));
        Assert.Contains("services:bad:http:0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_AfterTheConfigurationChanged_IsTheNewAddress()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(s_configuration).Build();
        using var addresses = new ServiceAddresses(configuration);
        addresses.Next(new Uri("http://plain"));

        configuration["services:plain:http:0"] = "http://10.9.9.9:99";
        configuration.Reload();

        Assert.Equal("http://10.9.9.9:99/", addresses.Next(new Uri("http://plain")).ToString());
    }
}
