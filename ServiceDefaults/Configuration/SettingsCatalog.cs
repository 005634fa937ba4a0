using System.Collections;
using System.Reflection;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>An options class that configuration fills, with all its settings.</summary>
/// <param name="Type">Has a constant <c>Section</c>.</param>
/// <param name="Section">Where its settings are.</param>
/// <param name="Settings">In the order in which they are written.</param>
internal sealed record SettingsRoot(Type Type, string Section, IReadOnlyList<Setting> Settings)
{
    /// <exception cref="MissingMethodException">It has no constructor without parameters, which every options class has.</exception>
    public object NewInstance() => Activator.CreateInstance(Type, nonPublic: true)!;
}

/// <summary>
/// Every setting of every options class. By convention: a class whose name ends in <c>Options</c> and that has a constant <c>Section</c> is one; its
/// properties are settings, and properties of classes of ours are sections below. So nothing has to be registered, and nothing can be forgotten.
/// </summary>
internal static class SettingsCatalog
{
    private const string SectionName = "Section";

    /// <summary>Of an assembly, in the order of their sections.</summary>
    public static IReadOnlyList<SettingsRoot> Of(Assembly assembly) =>
    [
        .. from type in assembly.GetTypes()
        where type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal)
        let section = SectionOf(type)
        where section is not null
        orderby section
        select new SettingsRoot(type, section, Settings(type, section)),
    ];

    private static string? SectionOf(Type type) =>
        type.GetField(SectionName, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static) is { IsLiteral: true } field ? field.GetRawConstantValue() as string : null;

    private static List<Setting> Settings(Type type, string section) =>
        [.. Walk(section, type, [], Activator.CreateInstance(type, nonPublic: true))];

    private static IEnumerable<Setting> Walk(string key, Type type, IReadOnlyList<PropertyInfo> path, object? instance)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(static property => property.MetadataToken))
        {
            if (property.GetMethod is null || property.GetIndexParameters().Length > 0)
                continue;
            var value = instance is null ? null : property.GetValue(instance);
            var name = $"{key}:{property.Name}";
            var isSection = IsSection(property.PropertyType, type.Assembly);
            if (isSection)
            {
                foreach (var below in Walk(name, property.PropertyType, [.. path, property], value))
                    yield return below;
            }
            else if (property.SetMethod is { IsPublic: true } || (value is IEnumerable and not string))
            {
                yield return new Setting(name, [.. path, property], value);
            }
        }
    }

    private static bool IsSection(Type type, Assembly assembly) =>
        type is { IsClass: true } && type.Assembly == assembly && !typeof(IEnumerable).IsAssignableFrom(type);
}
