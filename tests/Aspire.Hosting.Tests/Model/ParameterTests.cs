using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Parameters;

namespace Aspire.Hosting.Tests.Model;

public class ParameterTests
{
    [Theory]
    [InlineData("--Parameters:my-key", "under-own-name")]
    [InlineData("--Parameters:my_key", "under-the-name-that-shells-can-set")]
    public async Task Parameter_IsFoundInConfiguration(string key, string value)
    {
        var parameter = TestModel.Run(settings: [key, value]).AddParameter("my-key").Resource;

        Assert.Equal(value, await parameter.GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Parameter_WithADefault_PrefersConfiguration()
    {
        var parameter = TestModel.Run(settings: ["--Parameters:p", "configured"]).AddParameter("p", new GenerateParameterDefault { MinLength = 5 }).Resource;

        Assert.Equal("configured", await parameter.GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(false, "Parameter resource could not be used because configuration key 'Parameters:nope' is missing and the Parameter has no default value.")]
    [InlineData(true, "Connection string parameter resource could not be used because connection string 'nope' is missing.")]
    public async Task Parameter_WithoutAValue_NamesTheKey(bool connectionString, string expected)
    {
        var builder = TestModel.Publish();
        var parameter = connectionString ? (IValueProvider)builder.AddConnectionString("nope").Resource : builder.AddParameter("nope").Resource;

        var exception = await Assert.ThrowsAsync<MissingParameterValueException>(() => parameter.GetValueAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(expected, exception.Message);
    }

    [Fact]
    public void Parameter_ThatIsSecret_IsNotPublished() =>
        Assert.Throws<ArgumentException>(() => TestModel.Run().AddParameter("p", "value", publishValueAsDefault: true, secret: true));

    [Fact]
    public async Task GeneratedValue_IsTheSameWheneverItIsRead()
    {
        var parameter = TestModel.Run().AddParameter("p", new GenerateParameterDefault { MinLength = 22 }).Resource;

        Assert.Equal(await parameter.GetValueAsync(TestContext.Current.CancellationToken), await parameter.GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(22, 0, 0, 0, 0)]
    [InlineData(10, 3, 3, 3, 3)]
    [InlineData(0, 1, 0, 2, 0)]
    public void Password_HasTheLengthAndTheClassesAskedFor(int length, int lower, int upper, int numeric, int special)
    {
        for (var i = 0; i < 200; i++)
        {
            var password = PasswordGenerator.Generate(
                length,
                (PasswordGenerator.Lower, lower),
                (PasswordGenerator.Upper, upper),
                (PasswordGenerator.Numeric, numeric),
                (PasswordGenerator.Special, special));

            Assert.Equal(Math.Max(length, lower + upper + numeric + special), password.Length);
            Assert.True(password.Count(PasswordGenerator.Lower.Contains) >= lower);
            Assert.True(password.Count(PasswordGenerator.Upper.Contains) >= upper);
            Assert.True(password.Count(PasswordGenerator.Numeric.Contains) >= numeric);
            Assert.True(password.Count(PasswordGenerator.Special.Contains) >= special);
        }
    }

    [Fact]
    public void Password_WithoutAClass_HasNoCharacterOfIt()
    {
        var password = new GenerateParameterDefault { MinLength = 500, Special = false, Upper = false }.GetDefaultValue();

        Assert.All(password, c => Assert.Contains(c, PasswordGenerator.Lower + PasswordGenerator.Numeric));
        Assert.DoesNotContain(password, c => c is 'i' or 'l' or 'o');
    }

    [Fact]
    public void Password_ThatCannotBe_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new GenerateParameterDefault { MinLength = 1, Lower = false, Upper = false, Numeric = false, Special = false }.GetDefaultValue());
        Assert.Throws<ArgumentException>(() => new GenerateParameterDefault { MinLength = 1, Lower = false, MinLower = 1 }.GetDefaultValue());
    }
}
