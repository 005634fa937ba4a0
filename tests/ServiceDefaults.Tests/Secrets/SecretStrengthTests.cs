using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Tests.Secrets;

public sealed class SecretStrengthTests
{
    [Theory]
    [InlineData("short")]
    [InlineData("f3a9c1d2e4b5a6c")]
    [InlineData("password12345678")]
    [InlineData("SuperSecretPassword1!")]
    [InlineData("changeme-changeme-changeme")]
    [InlineData("postgres_admin_2026!")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("abababababababababababab")]
    [InlineData("x7!kx7!kx7!kx7!kx7!k")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    [InlineData("abcdefghijklmnopqrstuvwxyz")]
    [InlineData("11112222333344445555")]
    public void Weakness_OfGuessable_SaysWhy(string secret) => Assert.NotNull(SecretStrength.Weakness(secret));

    [Theory]
    [InlineData("9f86d081884c7d659a2feaa0c55ad015")]
    [InlineData("kQ7vR2mZ8xW4nB6t")]
    [InlineData("correct horse battery staple")]
    [InlineData("Gk3-password-9vXz72QmLr")]
    [InlineData("{r!8Tz)1vN~5pQwE")]
    public void Weakness_OfRandom_IsNull(string secret) => Assert.Null(SecretStrength.Weakness(secret));

    /// <summary>What ours are made by: hexadecimal digits and Aspire's generated passwords.</summary>
    [Fact]
    public void Weakness_OfGenerated_IsNull()
    {
        for (var n = 0; n < 2000; n++)
        {
            Assert.Null(SecretStrength.Weakness(System.Security.Cryptography.RandomNumberGenerator.GetHexString(32, lowercase: true)));
            Assert.Null(SecretStrength.Weakness(System.Security.Cryptography.RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 22)));
        }
    }
}
