using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>One setting: a property of an options class.</summary>
/// <param name="Key">In configuration: <c>Gateway:Retries:MaxAttempts</c>.</param>
/// <param name="Path">From the root's instance.</param>
/// <param name="Default">Null: none.</param>
internal sealed record Setting(string Key, IReadOnlyList<PropertyInfo> Path, object? Default)
{
    public PropertyInfo Property => Path[^1];

    /// <summary>Of the value, or of each of several.</summary>
    public Type ValueType
    {
        get
        {
            var type = IsMany ? ElementType(Property.PropertyType) ?? typeof(object) : Property.PropertyType;
            return Nullable.GetUnderlyingType(type) ?? type;
        }
    }

    /// <summary>A list, set or map: <c>Key:0</c>, <c>Key:name</c>.</summary>
    public bool IsMany => Property.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(Property.PropertyType);

    public bool IsSecret => Property.PropertyType == typeof(string) && SecretNames.IsSecret(Key);

    public string DefaultText => Text(Default);

    /// <summary>What may be set, in words; empty: anything.</summary>
    public string Allowed => string.Join(", ", new[] { AllowedType() }.Concat(Property.GetCustomAttributes<ValidationAttribute>().Select(Rule)).Where(static rule => rule.Length > 0));

    /// <summary>As <see cref="Allowed"/>, without the type where bounds already show it.</summary>
    public string Bounds => Property.GetCustomAttributes<RangeAttribute>().Any() ? string.Join(", ", Property.GetCustomAttributes<ValidationAttribute>().Select(Rule)) : Allowed;

    /// <summary>From an instance of the root.</summary>
    public object? Of(object root) => Path.Aggregate((object?)root, static (owner, property) => owner is null ? null : property.GetValue(owner));

    public object? OwnerIn(object root) => Path.SkipLast(1).Aggregate((object?)root, static (owner, property) => owner is null ? null : property.GetValue(owner));

    /// <summary>False for a text that is no value of the setting's type.</summary>
    public bool CanRead(string text)
    {
        var type = ValueType;
        if (type == typeof(string) || type == typeof(object) || !TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string)))
            return true;
        try
        {
            return text.Length == 0 || TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text) is not null;
        }
        catch (Exception unreadable) when (unreadable is FormatException or ArgumentException or NotSupportedException or OverflowException || unreadable.InnerException is FormatException)
        {
            return false;
        }
    }

    public static string Text(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        TimeSpan time => Time(time),
        string text => text,
        IDictionary map => string.Join(", ", map.Keys.Cast<object>().Select(key => $"{key}={Text(map[key])}")),
        IEnumerable many => string.Join(", ", many.Cast<object?>().Select(Text)),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    public static Type? ElementType(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.GetInterfaces().Append(type).Where(static face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            .Select(static face => face.GetGenericArguments()[0]).FirstOrDefault();

    /// <summary>As configuration takes it, with the unit that people read.</summary>
    private static string Time(TimeSpan time) =>
        time == Timeout.InfiniteTimeSpan ? "unlimited"
        : time == TimeSpan.Zero ? "0"
        : time.Ticks % TimeSpan.TicksPerDay == 0 ? Invariant($"{time.TotalDays} d")
        : time.Ticks % TimeSpan.TicksPerHour == 0 ? Invariant($"{time.TotalHours} h")
        : time.Ticks % TimeSpan.TicksPerMinute == 0 ? Invariant($"{time.TotalMinutes} min")
        : time >= TimeSpan.FromSeconds(1) ? Invariant($"{time.TotalSeconds} s")
        : Invariant($"{time.TotalMilliseconds} ms");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private string AllowedType() => ValueType switch
    {
        { IsEnum: true } type => string.Join(" or ", Enum.GetNames(type)),
        var type when type == typeof(bool) => "true or false",
        var type when type == typeof(TimeSpan) => "a time such as 00:00:30",
        var type when type == typeof(int) || type == typeof(long) => "a whole number",
        var type when type == typeof(double) || type == typeof(decimal) || type == typeof(float) => "a number",
        var type when type == typeof(Uri) => "a URL",
        _ => "",
    };

    private static string Rule(ValidationAttribute attribute) => attribute switch
    {
        RangeAttribute range when range.OperandType == typeof(TimeSpan) => $"{Time(TimeSpan.Parse((string)range.Minimum, CultureInfo.InvariantCulture))} to {Time(TimeSpan.Parse((string)range.Maximum, CultureInfo.InvariantCulture))}",
        RangeAttribute range => $"{Text(range.Minimum)} to {Bound(range.Maximum)}",
        StringLengthAttribute length => length.MinimumLength > 0 ? $"{length.MinimumLength} to {length.MaximumLength} characters" : $"up to {length.MaximumLength} characters",
        MinLengthAttribute length => $"at least {length.Length}",
        MaxLengthAttribute length => $"at most {length.Length}",
        RequiredAttribute => "not empty",
        RegularExpressionAttribute form => $"of the form {form.Pattern}",
        _ => "",
    };

    private static string Bound(object value) => value is long.MaxValue or int.MaxValue or >= (double)long.MaxValue ? "any" : Text(value);
}
