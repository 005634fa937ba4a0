using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>What differs in a test from a run by hand: no dashboard, no fixed ports, clean-up is awaited.</summary>
internal static class TestSettings
{
    private static readonly JsonSerializerOptions s_launchSettingsFormat = new(JsonSerializerDefaults.Web)
    {
        AllowTrailingCommas = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    public static void Apply(
        DistributedApplicationOptions options,
        HostApplicationBuilderSettings settings,
        string[] args,
        Assembly? entryPointAssembly,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
    {
        options.AssemblyName = entryPointAssembly?.GetName().Name;
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;
        settings.Args = [.. args, .. settings.Args ?? []];
        settings.ApplicationName = options.AssemblyName;
        settings.ContentRootPath = options.ProjectDirectory;
        settings.Configuration ??= new ConfigurationManager();
        configureBuilder(options, settings);

        var profile = FirstLaunchProfile(options.ProjectDirectory);
        settings.EnvironmentName ??= profile.GetValueOrDefault("DOTNET_ENVIRONMENT") ?? profile.GetValueOrDefault("ASPNETCORE_ENVIRONMENT");
        settings.Configuration.AddInMemoryCollection(profile.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value)));
        settings.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DcpPublisher:ContainerRuntimeInitializationTimeout"] = "00:00:30",
            ["DcpPublisher:RandomizePorts"] = "true",
            ["DcpPublisher:WaitForResourceCleanup"] = "true",
            ["ASPNETCORE_URLS"] = "http://localhost:8080",
            ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://localhost:4317",
            ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
        });
    }

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        if (!configuration.GetValue<bool>("ASPIRE_TESTING_DISABLE_HTTP_CLIENT"))
        {
            services.ConfigureHttpClientDefaults(http => http.AddHttpMessageHandler(() => new StandardResilienceHandler()));
        }
    }

    /// <summary>Variables of the AppHost's first launch profile; empty without one.</summary>
    private static Dictionary<string, string> FirstLaunchProfile(string? projectDirectory)
    {
        var path = Path.Combine(projectDirectory ?? string.Empty, "Properties", "launchSettings.json");
        if (projectDirectory is null || !File.Exists(path))
        {
            return [];
        }

        var profile = JsonSerializer.Deserialize<LaunchSettings>(File.ReadAllText(path), s_launchSettingsFormat)?.Profiles.Values
            .FirstOrDefault(p => p.CommandName is "Project");
        return profile?.EnvironmentVariables ?? [];
    }
}
