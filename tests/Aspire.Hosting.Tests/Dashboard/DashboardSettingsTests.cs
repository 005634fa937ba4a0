using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Parameters;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Tests.Dashboard;

public sealed class DashboardSettingsTests : IDisposable
{
    private readonly string _secrets = Path.Combine(Directory.CreateTempSubdirectory("dashboard-settings").FullName, "secrets.json");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_secrets)!, recursive: true);

    [Fact]
    public void Keys_OfOneAppHost_AreKeptAndLong()
    {
        var first = Settings();
        var second = Settings();

        Assert.Equal((first.OtlpApiKey, first.ApiKey), (second.OtlpApiKey, second.ApiKey));
        Assert.Equal((32, 32), (first.OtlpApiKey!.Length, first.ApiKey!.Length));
        Assert.NotEqual(first.OtlpApiKey, first.ApiKey);
        Assert.Contains("AppHost:OtlpApiKey", File.ReadAllText(_secrets), StringComparison.Ordinal);
        Assert.NotEqual(first.BrowserToken, second.BrowserToken);
        Assert.NotEqual(first.ResourceServiceKey, second.ResourceServiceKey);
    }

    [Fact]
    public void Anonymous_ByConfiguration_HasNoKeys()
    {
        var settings = Settings(("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", "true"));

        Assert.Equal((null, null, null, null), (settings.BrowserToken, settings.ResourceServiceKey, settings.OtlpApiKey, settings.ApiKey));
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "applicationUrl")]
    [InlineData("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL")]
    [InlineData("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL")]
    [InlineData("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL")]
    public void HttpAddress_WithoutLeave_IsRefused(string key, string named)
    {
        var refused = Assert.Throws<DistributedApplicationException>(Settings((key, "http://localhost:18888")).ThrowIfTransportIsNotAllowed);

        Assert.Equal(
            $"The '{named}' setting must be an https address unless the 'ASPIRE_ALLOW_UNSECURED_TRANSPORT' environment variable is set to true. "
            + "This configuration is commonly set in the launch profile. See https://aka.ms/dotnet/aspire/allowunsecuredtransport for more details.",
            refused.Message);
        Settings((key, "http://localhost:18888"), ("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true")).ThrowIfTransportIsNotAllowed();
        Settings((key, "https://localhost:18888")).ThrowIfTransportIsNotAllowed();
    }

    [Fact]
    public void Path_PrefersTheSettingOverTheEnvironment()
    {
        Assert.Equal("/b", Settings(("ASPIRE_DASHBOARD_PATH", "/b")).Path);
        Assert.Equal("/a", Settings(("ASPIRE_DASHBOARD_PATH", "/b"), ("DcpPublisher:DashboardPath", "/a")).Path);
    }

    private DashboardSettings Settings(params (string Key, string Value)[] values)
    {
        using var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(values.Select(v => new KeyValuePair<string, string?>(v.Key, v.Value)));
        return new DashboardSettings(configuration, new DistributedApplicationOptions(), new UserSecretsStore(_secrets));
    }
}
