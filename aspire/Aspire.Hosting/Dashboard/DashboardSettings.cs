using System.Security.Cryptography;
using Aspire.Hosting.Parameters;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dashboard;

/// <summary>How the dashboard is reached and by whom, from configuration; read once.</summary>
internal sealed class DashboardSettings
{
    public const string UrlsKey = "ASPNETCORE_URLS";
    public const string AllowUnsecuredTransportKey = "ASPIRE_ALLOW_UNSECURED_TRANSPORT";
    public const string OtlpGrpcUrlKey = "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL";
    public const string OtlpHttpUrlKey = "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL";
    public const string ResourceServiceUrlKey = "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL";
    public const string PathKey = "ASPIRE_DASHBOARD_PATH";
    private const string AnonymousKey = "ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS";
    private const int KeyLength = 32;
    private const string KeyCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";

    private readonly bool _dashboardDisabled;

    public DashboardSettings(IConfiguration configuration, DistributedApplicationOptions options, UserSecretsStore secrets)
    {
        _dashboardDisabled = options.DisableDashboard;
        AllowUnsecuredTransport = Flag(configuration, AllowUnsecuredTransportKey) || options.AllowUnsecuredTransport;
        Urls = Text(configuration, UrlsKey);
        OtlpGrpcUrl = Text(configuration, OtlpGrpcUrlKey, "DOTNET_DASHBOARD_OTLP_ENDPOINT_URL");
        OtlpHttpUrl = Text(configuration, OtlpHttpUrlKey, "DOTNET_DASHBOARD_OTLP_HTTP_ENDPOINT_URL");
        ResourceServiceUrl = Text(configuration, ResourceServiceUrlKey, "DOTNET_RESOURCE_SERVICE_ENDPOINT_URL");
        Path = Text(configuration, "DcpPublisher:DashboardPath", PathKey) ?? options.Metadata("aspiredashboardpath");
        Environment = Text(configuration, "ASPNETCORE_ENVIRONMENT") ?? "Production";
        IsHidden = !Flag(configuration, "ASPIRE_SHOW_DASHBOARD_RESOURCES");
        if (Flag(configuration, AnonymousKey) || Flag(configuration, "DOTNET_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"))
        {
            return;
        }

        BrowserToken = Text(configuration, "AppHost:BrowserToken", "ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN", "DOTNET_DASHBOARD_FRONTEND_BROWSERTOKEN") ?? NewKey();
        ResourceServiceKey = Text(configuration, "AppHost:ResourceService:ApiKey", "ASPIRE_DASHBOARD_RESOURCESERVICE_APIKEY", "DOTNET_DASHBOARD_RESOURCESERVICE_APIKEY") ?? NewKey();
        OtlpApiKey = Kept(configuration, secrets, "AppHost:OtlpApiKey");
        ApiKey = Kept(configuration, secrets, "AppHost:DashboardApiKey");
    }

    public bool AllowUnsecuredTransport { get; }

    /// <summary>Addresses of the pages, separated by semicolons; null: one with a port chosen at start.</summary>
    public string? Urls { get; }

    public string? OtlpGrpcUrl { get; }

    /// <summary>Null: OTLP over HTTP is not offered.</summary>
    public string? OtlpHttpUrl { get; }

    /// <summary>Null: loopback with a port chosen at start.</summary>
    public string? ResourceServiceUrl { get; }

    /// <summary>The dashboard's program; null: not configured.</summary>
    public string? Path { get; }

    /// <summary>ASPNETCORE_ENVIRONMENT of the dashboard.</summary>
    public string Environment { get; }

    /// <summary>Whether the dashboard leaves itself out of its list of resources.</summary>
    public bool IsHidden { get; }

    /// <summary>Null, like the keys below: everybody may, asked for by configuration.</summary>
    public string? BrowserToken { get; }

    public string? ResourceServiceKey { get; }

    public string? OtlpApiKey { get; }

    public string? ApiKey { get; }

    /// <summary>Scheme of an address that configuration leaves open.</summary>
    public string DefaultScheme => AllowUnsecuredTransport ? "http" : "https";

    /// <exception cref="DistributedApplicationException">An address is not one, or is http without leave.</exception>
    public void ThrowIfTransportIsNotAllowed()
    {
        if (AllowUnsecuredTransport || _dashboardDisabled)
        {
            return;
        }

        if (Urls?.Split(';')[0] is { } first)
        {
            ThrowIfHttp(
                first,
                "applicationUrl",
                $"The 'applicationUrl' setting of the launch profile has value '{first}' which could not be parsed as a URI.");
        }

        ThrowIfSettingIsHttp(OtlpGrpcUrlKey, OtlpGrpcUrl);
        ThrowIfSettingIsHttp(OtlpHttpUrlKey, OtlpHttpUrl);
        ThrowIfSettingIsHttp(ResourceServiceUrlKey, ResourceServiceUrl);
    }

    private static void ThrowIfSettingIsHttp(string key, string? value)
    {
        if (value is not null)
        {
            ThrowIfHttp(value, key, $"The {key} setting with a value of '{value}' could not be parsed as a URI.");
        }
    }

    private static void ThrowIfHttp(string address, string setting, string parseError)
    {
        BindingAddress parsed;
        try
        {
            parsed = BindingAddress.Parse(address.Trim());
        }
        catch (FormatException exception)
        {
            throw new DistributedApplicationException(parseError, exception);
        }

        if (string.Equals(parsed.Scheme, "http", StringComparison.OrdinalIgnoreCase))
        {
            throw new DistributedApplicationException(
                $"The '{setting}' setting must be an https address unless the '{AllowUnsecuredTransportKey}' environment variable is set to true. "
                + "This configuration is commonly set in the launch profile. See https://aka.ms/dotnet/aspire/allowunsecuredtransport for more details.");
        }
    }

    private static string? Text(IConfiguration configuration, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (configuration[key] is { } value && !string.IsNullOrWhiteSpace(value))
            {
                return value;
            }
        }

        return null;
    }

    private static bool Flag(IConfiguration configuration, string key) =>
        bool.TryParse(configuration[key], out var flag) ? flag : configuration[key] == "1";

    /// <summary>Without a writable home the key lives for one run, which costs nothing but open browser pages.</summary>
    private static string Kept(IConfiguration configuration, UserSecretsStore secrets, string key)
    {
        if (Text(configuration, key) is { } configured)
        {
            return configured;
        }

        try
        {
            return secrets.GetOrAdd(key, NewKey);
        }
        catch (UserSecretsException)
        {
            return NewKey();
        }
    }

    private static string NewKey() => RandomNumberGenerator.GetString(KeyCharacters, KeyLength);
}
