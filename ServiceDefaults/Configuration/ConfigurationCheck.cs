using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>The start is refused: everything that is wrong with the configuration, one text each, and what it is.</summary>
public sealed class ConfigurationRefusedException : OptionsValidationException
{
    internal ConfigurationRefusedException(IReadOnlyList<string> errors, IReadOnlyList<SettingReport> settings)
        : base("Configuration", typeof(IConfiguration), errors) => Settings = settings;

    internal IReadOnlyList<SettingReport> Settings { get; }
}

/// <summary>Looks at the whole configuration at once, before anything starts.</summary>
/// <remarks>
/// The options' own validation would end at the first class that can't be read, and would not say where a value came from. Here each setting is
/// read alone; what can't be read is left out, so that what depends on the others is judged too.
/// </remarks>
public static partial class ConfigurationCheck
{
    private static readonly MethodInfo s_validate = typeof(ConfigurationCheck).GetMethod(nameof(Validate), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Builds the application and checks its configuration; what is wrong is listed as a whole.</summary>
    /// <param name="builder">With all services.</param>
    /// <param name="application">Whose options classes there are beside those of the defaults.</param>
    /// <exception cref="ConfigurationRefusedException">Something is wrong.</exception>
    public static WebApplication BuildChecked(this WebApplicationBuilder builder, Assembly application)
    {
        ArgumentNullException.ThrowIfNull(builder);
        WebApplication? app = null;
        try
        {
            app = builder.Build();
            app.Services.CheckConfiguration(application);
            return app;
        }
        catch (OptionsValidationException) when (app is null)
        {
            // The server has read options while it was made, and thrown what is wrong with one class of them.
            using var services = builder.Services.BuildServiceProvider();
            services.CheckConfiguration(application);
            throw;
        }
        catch (ConfigurationRefusedException)
        {
            ((IDisposable?)app)?.Dispose();
            throw;
        }
    }

    /// <summary>To be called when the services are built and before any option is used.</summary>
    /// <param name="services">Of the application.</param>
    /// <param name="application">Whose options classes there are beside those of the defaults.</param>
    /// <exception cref="ConfigurationRefusedException">Something is wrong; all of it is listed.</exception>
    public static void CheckConfiguration(this IServiceProvider services, Assembly application)
    {
        ArgumentNullException.ThrowIfNull(services);
        var errors = Errors(services, application);
        if (errors.Count > 0)
            throw new ConfigurationRefusedException(errors, SettingReport.Read(services, application));
    }

    /// <summary>Those that the application uses.</summary>
    internal static IReadOnlyList<SettingsRoot> Roots(IServiceProvider services, Assembly application)
    {
        var registered = services.GetRequiredService<IServiceProviderIsService>();
        return [.. new[] { application, typeof(ConfigurationCheck).Assembly }.Distinct().SelectMany(SettingsCatalog.Of)
            .Where(root => registered.IsService(typeof(IConfigureOptions<>).MakeGenericType(root.Type)))];
    }

    internal static List<string> Errors(IServiceProvider services, Assembly application)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        var errors = new List<string>();
        foreach (var root in Roots(services, application))
            errors.AddRange(Errors(services, configuration, root));
        errors.AddRange(ServerAddresses.Errors(configuration));
        if (!services.GetRequiredService<IHostEnvironment>().IsDevelopment())
            errors.AddRange(services.GetServices<IProductionRule>().SelectMany(rule => rule.Refusals(configuration)));
        // What others say of a value may repeat it.
        return [.. errors.Select(ConnectionSecrets.Redact)];
    }

    /// <summary>Binds what can be read of a section.</summary>
    internal static object Bind(SettingsRoot root, IConfiguration configuration, ISet<string> without)
    {
        var section = configuration.GetSection(root.Section);
        var readable = new ConfigurationBuilder()
            .AddInMemoryCollection(section.AsEnumerable(makePathsRelative: true).Where(pair => pair.Value is not null && !without.Contains(pair.Key)))
            .Build();
        var instance = root.NewInstance();
        readable.Bind(instance);
        return instance;
    }

    private static List<string> Errors(IServiceProvider services, IConfiguration configuration, SettingsRoot root)
    {
        var unreadable = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var errors = new List<string>();
        foreach (var (relative, value) in configuration.GetSection(root.Section).AsEnumerable(makePathsRelative: true))
        {
            if (value is null || relative.Length == 0 || Misread(root, relative, value) is not { } error)
                continue;
            errors.Add(error);
            unreadable.Add(relative);
        }

        object instance;
        try
        {
            instance = Bind(root, configuration, unreadable);
        }
        catch (InvalidOperationException broken)
        {
            return [.. errors, $"{root.Section}: {broken.Message}"];
        }

        var judged = root.Settings.Select(setting => (setting, error: Unfit(setting, instance, configuration))).Where(static judged => judged.error is not null).ToArray();
        errors.AddRange(judged.Select(static judged => judged.error!));
        var others = (string[])s_validate.MakeGenericMethod(root.Type).Invoke(null, [services, instance])!;
        errors.AddRange(others.Where(other => !judged.Any(known => Names(other, known.setting))).Distinct());
        return errors;
    }

    /// <summary>Null: the key is known and the value has its type.</summary>
    private static string? Misread(SettingsRoot root, string relative, string value)
    {
        var key = $"{root.Section}:{relative}";
        var setting = root.Settings.FirstOrDefault(setting =>
            key.Equals(setting.Key, StringComparison.OrdinalIgnoreCase) || (setting.IsMany && key.StartsWith(setting.Key + ":", StringComparison.OrdinalIgnoreCase)));
        if (setting is not null)
            return setting.CanRead(value) ? null : Complaint(setting, key, value);
        // A section may have a value of its own, by an environment variable of that name: nobody reads it.
        return root.Settings.Any(setting => setting.Key.StartsWith(key + ":", StringComparison.OrdinalIgnoreCase)) ? null : $"{key}: there is no such setting{Nearest(root, key)}.";
    }

    private static string Nearest(SettingsRoot root, string key) =>
        root.Settings.Select(static setting => setting.Key).Where(known => Distance(known, key) <= 3).OrderBy(known => Distance(known, key)).FirstOrDefault() is { } near
            ? $"; is {near} meant" : "";

    /// <summary>Null: its attributes have nothing against it.</summary>
    private static string? Unfit(Setting setting, object instance, IConfiguration configuration)
    {
        if (setting.OwnerIn(instance) is not { } owner)
            return null;
        var context = new ValidationContext(owner) { MemberName = setting.Property.Name };
        var value = setting.Property.GetValue(owner);
        return Validator.TryValidateValue(value!, context, [], setting.Property.GetCustomAttributes<ValidationAttribute>())
            ? null : Complaint(setting, setting.Key, configuration[setting.Key] ?? Setting.Text(value));
    }

    private static string Complaint(Setting setting, string key, string given)
    {
        var what = setting.IsSecret ? $"the value given ({given.Length} characters, not shown)" : given.Length == 0 ? "nothing" : $"'{given}'";
        var allowed = setting.Allowed.Length == 0 ? "" : $"; allowed: {setting.Allowed}";
        var standard = setting.Default is null ? "" : $"; default: {setting.DefaultText}";
        return $"{key}: {what} is not allowed{allowed}{standard}.";
    }

    private static string[] Validate<T>(IServiceProvider services, object instance)
        where T : class =>
    [
        .. services.GetServices<IValidateOptions<T>>()
            .Select(validator => validator.Validate(Options.DefaultName, (T)instance))
            .SelectMany(static result => result.Failed ? result.Failures : []),
    ];

    /// <summary>Whether a validator's text is about a setting that was complained of already.</summary>
    private static bool Names(string failure, Setting setting) => Words().Matches(failure).Any(word => word.ValueSpan.SequenceEqual(setting.Property.Name));

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }

        return row[b.Length];
    }

    [GeneratedRegex("\\w+")]
    private static partial Regex Words();
}
