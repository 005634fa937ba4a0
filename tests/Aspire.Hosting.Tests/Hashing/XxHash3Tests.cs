using System.Text;
using Aspire.Hosting.Hashing;

namespace Aspire.Hosting.Tests.Hashing;

public class XxHash3Tests
{
    /// <summary>Values of System.IO.Hashing.XxHash3 for the first n of the bytes i * 131 + 7, at both sides of each border of the algorithm.</summary>
    [Theory]
    [InlineData(0, 0x2D06800538D394C2UL)]
    [InlineData(1, 0x4C5CCA45D0F4811FUL)]
    [InlineData(2, 0x29C60963CBFA4E6EUL)]
    [InlineData(3, 0x6E3E2670E61106ACUL)]
    [InlineData(4, 0x5C4C63133443D03FUL)]
    [InlineData(5, 0x49F5EB3111280B63UL)]
    [InlineData(8, 0xF9FD4DD0B04D78F5UL)]
    [InlineData(9, 0x7C20DF9712C26EDFUL)]
    [InlineData(16, 0x86ABF6BACCEA0858UL)]
    [InlineData(17, 0xB58BF5DC5022D071UL)]
    [InlineData(32, 0xE3712ED84C04A66EUL)]
    [InlineData(33, 0xA4DEE99B093E1F73UL)]
    [InlineData(64, 0x1291D2D4042330DDUL)]
    [InlineData(65, 0x97C6BF83217E5EC9UL)]
    [InlineData(96, 0x81296929FC063365UL)]
    [InlineData(97, 0xF145A45B658AB9DDUL)]
    [InlineData(128, 0x10D17F72C0CCBA41UL)]
    [InlineData(129, 0x1648BDC3DB49D1A2UL)]
    [InlineData(144, 0xB46DBFC6D9E31ABAUL)]
    [InlineData(240, 0xB6CFAF343FAB81E6UL)]
    [InlineData(241, 0x956CAE592C67279EUL)]
    [InlineData(256, 0xB15E550733C5DFACUL)]
    [InlineData(1023, 0xA94FFCD2254368E4UL)]
    [InlineData(1024, 0x70BD377D9574F4BBUL)]
    [InlineData(1025, 0x66C4487C41E127A7UL)]
    [InlineData(2048, 0x8B46CAA67DAB3A30UL)]
    [InlineData(5000, 0xE4007929540F095CUL)]
    public void Hash_OfKnownInput_IsTheKnownValue(int length, ulong expected)
    {
        var source = Enumerable.Range(0, length).Select(i => (byte)((i * 131) + 7)).ToArray();

        Assert.Equal(expected, XxHash3.HashToUInt64(source));
    }

    [Fact]
    public void Hash_OfText_IsTheKnownValue() =>
        Assert.Equal(0x1FCFCCB120BC25D4UL, XxHash3.HashToUInt64(Encoding.UTF8.GetBytes("/home/dev/App/AppHost/AppHost.csproj")));
}
