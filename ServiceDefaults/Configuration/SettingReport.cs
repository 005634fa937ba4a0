using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.KeyPerFile;
using Microsoft.Extensions.DependencyInjection;
using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>A setting as it is in force.</summary>
/// <param name="Key">In configuration.</param>
/// <param name="Value">Secrets as <c>set</c> or <c>not set</c>; null: there is none.</param>
/// <param name="Source">default, the name of a file, environment, secret file, command line, or code.</param>
internal sealed record SettingReport(string Key, string? Value, string Source)
{
    private const string Default = "default";

    /// <summary>Read by frameworks, without an options class of ours.</summary>
    private static readonly string[] s_frameworkSections = ["ConnectionStrings", "services", "Kestrel", "Logging"];

    private static readonly string[] s_frameworkKeys =
    [
        "environment", "urls", "http_ports", "https_ports", "AllowedHosts", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", SecretFiles.FolderKey,
    ];

    public static IReadOnlyList<SettingReport> Read(IServiceProvider services, Assembly application)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        var own = ConfigurationCheck.Roots(services, application).SelectMany(root => root.Settings.Select(setting => Of(configuration, setting)));
        var others = s_frameworkSections.SelectMany(section => configuration.GetSection(section).AsEnumerable()).Where(static pair => pair.Value is not null).Select(static pair => pair.Key)
            .Concat(s_frameworkKeys.Where(key => configuration[key] is not null))
            .Select(key => new SettingReport(key, Shown(key, configuration[key]!), SourceOf(configuration, key)));
        return [.. own.Concat(others).OrderBy(static setting => setting.Key, StringComparer.OrdinalIgnoreCase)];
    }

    private static SettingReport Of(IConfiguration configuration, Setting setting)
    {
        var given = configuration.GetSection(setting.Key).AsEnumerable().Where(static pair => pair.Value is not null).ToArray();
        if (given.Length == 0)
            return new SettingReport(setting.Key, setting.IsSecret ? "not set" : setting.Default is null ? null : setting.DefaultText, Default);
        var values = given.Length == 1 && given[0].Key.Equals(setting.Key, StringComparison.OrdinalIgnoreCase)
            ? Shown(setting.Key, given[0].Value!)
            : string.Join(", ", given.Reverse().Select(pair => $"{pair.Key[(setting.Key.Length + 1)..]}={Shown(pair.Key, pair.Value!)}"));
        return new SettingReport(setting.Key, setting.IsSecret ? "set" : values, SourceOf(configuration, given[0].Key));
    }

    private static string Shown(string key, string value) => SecretNames.IsSecret(key) ? value.Length > 0 ? "set" : "not set" : ConnectionSecrets.Redact(value);

    private static string SourceOf(IConfiguration configuration, string key) =>
        (configuration as IConfigurationRoot)?.Providers.Reverse().Select(provider => SourceIn(provider, key)).FirstOrDefault(static source => source is not null) ?? "code";

    private static string? SourceIn(IConfigurationProvider provider, string key)
    {
        if (provider is ChainedConfigurationProvider { Configuration: var chained })
            return chained[key] is null ? null : SourceOf(chained, key);
        return !provider.TryGet(key, out _) ? null : provider switch
        {
            JsonConfigurationProvider json => json.Source.Path ?? "file",
            EnvironmentVariablesConfigurationProvider => "environment",
            KeyPerFileConfigurationProvider => "secret file",
            CommandLineConfigurationProvider => "command line",
            _ => "code",
        };
    }
}
