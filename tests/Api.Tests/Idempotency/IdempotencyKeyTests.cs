using Slipway.Api.Idempotency;

namespace Slipway.Api.Tests.Idempotency;

public sealed class IdempotencyKeyTests
{
    [Theory]
    [InlineData("\"k\"", "k")]
    [InlineData("  \"a b\"  ", "a b")]
    [InlineData("\"say \\\"yes\\\" \\\\\"", "say \"yes\" \\")]
    public void Parse_OfAQuotedText_IsItsContent(string header, string key) => Assert.Equal(key, IdempotencyKey.Parse(header));

    [Theory]
    [InlineData("")]
    [InlineData("k")]
    [InlineData("\"")]
    [InlineData("\"\"")]
    [InlineData("\"k")]
    [InlineData("\"k\\\"")]
    [InlineData("\"k\"x\"")]
    [InlineData("\"k\\x\"")]
    [InlineData("\"k\";a=1")]
    [InlineData("\"kö\"")]
    [InlineData("\"k\tk\"")]
    [InlineData("\"a\", \"b\"")]
    [InlineData(":a2V5:")]
    public void Parse_OfAnythingElse_IsNull(string header) => Assert.Null(IdempotencyKey.Parse(header));

    [Fact]
    public void Parse_OfTwoHeaders_IsNull() => Assert.Null(IdempotencyKey.Parse(new(["\"a\"", "\"b\""])));

    [Fact]
    public void Parse_IsBoundedInLength()
    {
        Assert.Equal(255, IdempotencyKey.Parse($"\"{new string('k', 255)}\"")!.Length);
        Assert.Null(IdempotencyKey.Parse($"\"{new string('k', 256)}\""));
    }

    [Fact]
    public void Hash_OfScopesThatReadAlike_Differs()
    {
        IdempotencyScope[] scopes =
            [new("a", "POST", "/x", "k"), new("b", "POST", "/x", "k"), new("a", "PATCH", "/x", "k"), new("a", "POST", "/xk", ""), new("aPOST", "", "/x", "k"), new("a", "POST", "/", "xk")];
        Assert.Equal(scopes.Length, scopes.Select(scope => Convert.ToHexString(scope.Hash)).Distinct().Count());
    }
}
