using Microsoft.Extensions.Configuration;
using Slipway.Gateway.Destinations;

namespace Slipway.Gateway.Tests.Destinations;

public sealed class DestinationAddressesTests
{
    [Fact]
    public void Read_OfSeveral_GivesEachOnceInOrder()
    {
        var read = Read(("services:api:http:0", "http://b:1"), ("services:api:http:1", "http://a:1"), ("services:api:http:2", "http://B:1/"));
        Assert.Equal(["http://b:1/", "http://a:1/"], read.Addresses.Select(address => address.AbsoluteUri));
        Assert.Empty(read.Errors);
    }

    [Theory]
    [InlineData("http://localhost:5080", "http://localhost:5080/")]
    [InlineData("https://api.internal", "https://api.internal/")]
    [InlineData("localhost:5080", "http://localhost:5080/")]
    [InlineData("http://[::1]:5080", "http://[::1]:5080/")]
    public void Read_OfASingleValue_TakesUrlsAndHostsWithPorts(string value, string address) =>
        Assert.Equal(address, Assert.Single(Read(("services:api:http", value)).Addresses).AbsoluteUri);

    [Theory]
    [InlineData("ftp://localhost")]
    [InlineData("http://")]
    [InlineData("http://localhost:99999")]
    [InlineData("http://localhost/path")]
    [InlineData("http://localhost/?q=1")]
    [InlineData("http://user:secret@localhost")]
    [InlineData("")]
    public void Read_OfSomethingElse_NamesTheKey(string value)
    {
        var read = Read(("services:api:http:0", value), ("services:api:http:1", "http://localhost:5080"));
        Assert.StartsWith("services:api:http:0: ", Assert.Single(read.Errors));
    }

    [Fact]
    public void Read_OfAnUnknownService_IsEmptyWithoutErrors()
    {
        var read = Read(("services:other:http:0", "http://a:1"), ("services:api:grpc:0", "http://a:1"));
        Assert.Empty(read.Addresses);
        Assert.Empty(read.Errors);
    }

    private static DestinationAddresses Read(params (string Key, string? Value)[] settings) => DestinationAddresses.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, s.Value))).Build(), "api", "http");
}
