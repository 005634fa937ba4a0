using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>What a service's process does: run, or with the verb <c>config</c> print its configuration. An operator's mistake is a list of what to correct and exit code 1.</summary>
public static class ServiceProgram
{
    public const string ConfigVerb = "config";

    private const string JsonFlag = "--json";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="args">Of the process.</param>
    /// <param name="build">Puts the application together and checks its configuration.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, Func<string[], WebApplication> build)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(build);
        if (args is [ConfigVerb, .. var rest])
        {
            // What is logged while it is put together must not stand among what is printed.
            string[] settings = [.. rest.Where(static argument => argument != JsonFlag), "--Logging:Console:LogToStandardErrorThreshold=Trace"];
            return await PrintAsync(settings, build, rest.Contains(JsonFlag));
        }

        try
        {
            await using var app = build(args);
            await app.RunAsync();
            return 0;
        }
        catch (OptionsValidationException invalid)
        {
            return await RefuseAsync(invalid.Failures);
        }
        catch (AggregateException several) when (several.InnerExceptions.All(static one => one is OptionsValidationException))
        {
            return await RefuseAsync(several.InnerExceptions.Cast<OptionsValidationException>().SelectMany(static one => one.Failures));
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            return await RefuseAsync([taken.Message]);
        }
    }

    /// <summary>Prints what is in force, and below it what is wrong.</summary>
    /// <param name="services">Of the application.</param>
    /// <param name="application">Whose options classes there are beside those of the defaults.</param>
    /// <param name="asJson">For programs.</param>
    /// <param name="output">Where to.</param>
    /// <returns>0, or 1 when the start would be refused.</returns>
    public static Task<int> PrintAsync(IServiceProvider services, Assembly application, bool asJson, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return PrintAsync(SettingReport.Read(services, application), ConfigurationCheck.Errors(services, application), asJson, output);
    }

    private static async Task<int> PrintAsync(string[] settings, Func<string[], WebApplication> build, bool asJson)
    {
        try
        {
            await using var app = build(settings);
            return await PrintAsync(app.Services, build.Method.Module.Assembly, asJson, Console.Out);
        }
        catch (ConfigurationRefusedException refused)
        {
            return await PrintAsync(refused.Settings, [.. refused.Failures], asJson, Console.Out);
        }
    }

    private static async Task<int> PrintAsync(IReadOnlyList<SettingReport> settings, List<string> errors, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(new { settings, errors }, s_json));
        }
        else
        {
            var width = settings.Max(static setting => setting.Key.Length);
            var sources = settings.Max(static setting => setting.Source.Length);
            foreach (var (key, value, source) in settings)
                await output.WriteLineAsync($"{key.PadRight(width)}  {source.PadRight(sources)}  {value ?? "-"}");
            foreach (var error in errors)
                await output.WriteLineAsync($"error: {error}");
        }

        return errors.Count == 0 ? 0 : 1;
    }

    private static async Task<int> RefuseAsync(IEnumerable<string> errors)
    {
        foreach (var error in errors)
            await Console.Error.WriteLineAsync($"Configuration: {error}");
        return 1;
    }
}
