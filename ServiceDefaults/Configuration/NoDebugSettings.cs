using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>Settings that show internals to clients or write data into logs belong to Development.</summary>
internal sealed partial class NoDebugSettings : IProductionRule
{
    private static readonly string[] s_levels = ["Logging:LogLevel:Default", "Logging:Console:LogLevel:Default", "Logging:OpenTelemetry:LogLevel:Default"];

    private static readonly string[] s_switches = ["DetailedErrors", "ASPIRE_ALLOW_UNSECURED_TRANSPORT"];

    public IEnumerable<string> Refusals(IConfiguration configuration)
    {
        foreach (var key in s_levels)
        {
            if (configuration[key] is { } level && (level.Equals("Debug", StringComparison.OrdinalIgnoreCase) || level.Equals("Trace", StringComparison.OrdinalIgnoreCase)))
                yield return $"{key}: {level} writes data of clients into the logs. Set Information, or the level of the one category that is looked into.";
        }

        foreach (var key in s_switches)
        {
            if (configuration[key] is { } value && (value == "1" || value.Equals("true", StringComparison.OrdinalIgnoreCase)))
                yield return $"{key}: is for Development only. Unset it.";
        }

        foreach (var (key, value) in configuration.GetSection("ConnectionStrings").AsEnumerable())
        {
            foreach (Match detail in Details().Matches(value ?? ""))
                yield return $"{key}: '{detail.Value}' writes data into errors and logs. Take it out.";
        }
    }

    [GeneratedRegex("\\b(?:Include Error Detail|Log Parameters|IncludeErrorDetail|LogParameters)\\s*=\\s*(?:true|yes|on|1)", RegexOptions.IgnoreCase)]
    private static partial Regex Details();
}
