using System.Globalization;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Publishing;

/// <summary>What the values in a manifest refer to, and the helper entries that their expressions need.</summary>
internal sealed class ManifestReferences
{
    private readonly Dictionary<string, IResource> _resources = [];
    private readonly HashSet<object> _visiting = [];
    private readonly Dictionary<ParameterResource, Dictionary<string, string>> _formatted = [];
    private readonly Dictionary<string, ReferenceExpression> _conditionals = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);

    public void Begin(DistributedApplicationModel model)
    {
        foreach (var resource in model.Resources)
        {
            _names.Add(resource.Name);
        }
    }

    public void Add(object? value)
    {
        if (value is ReferenceExpression expression)
        {
            AddFormatted(expression);
            AddConditionals(expression);
        }

        if (value is IResource resource)
        {
            if (_resources.TryAdd(resource.Name, resource))
            {
                _names.Add(resource.Name);
            }
        }
        else if (value is IValueWithReferences composed && _visiting.Add(value))
        {
            foreach (var reference in composed.References)
            {
                Add(reference);
            }

            _visiting.Remove(value);
        }
    }

    /// <summary>Resources that were referred to but not added to the application, in the order of first mention.</summary>
    public IReadOnlyList<IResource> NotIn(DistributedApplicationModel model)
    {
        foreach (var resource in model.Resources)
        {
            _resources.Remove(resource.Name);
        }

        return [.. _resources.Values];
    }

    /// <summary>The expression with <c>{pw-uri-encoded.value}</c> where a parameter is used in a format.</summary>
    public string Expression(ReferenceExpression expression)
    {
        if (expression.IsConditional)
        {
            return expression.ValueExpression;
        }

        var parts = new object[expression.ManifestExpressions.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = expression.StringFormats[i] is { Length: > 0 } format && FormattedName(expression.ValueProviders[i], format) is { } name
                ? $"{{{name}.value}}"
                : expression.ManifestExpressions[i];
        }

        return string.Format(CultureInfo.InvariantCulture, expression.Format, parts);
    }

    /// <summary>Writes the <c>annotated.string</c> entries of one parameter, once.</summary>
    public void WriteFormatted(Utf8JsonWriter writer, ParameterResource parameter)
    {
        if (!_formatted.Remove(parameter, out var formats))
        {
            return;
        }

        foreach (var (format, name) in formats)
        {
            writer.WriteStartObject(name);
            writer.WriteString("type", "annotated.string");
            writer.WriteString("value", parameter.ValueExpression);
            writer.WriteString("filter", format);
            writer.WriteEndObject();
        }
    }

    public void WriteRemainingFormatted(Utf8JsonWriter writer)
    {
        foreach (var parameter in _formatted.Keys.ToArray())
        {
            WriteFormatted(writer, parameter);
        }
    }

    /// <summary>A conditional expression is decided when the manifest is written; its helper carries the result.</summary>
    public async Task WriteConditionalsAsync(Utf8JsonWriter writer, CancellationToken cancellationToken)
    {
        foreach (var (name, conditional) in _conditionals)
        {
            var value = await conditional.GetValueAsync(cancellationToken);
            writer.WriteStartObject(name);
            writer.WriteString("type", "value.v0");
            writer.WriteString("connectionString", value ?? string.Empty);
            writer.WriteEndObject();
        }
    }

    private void AddFormatted(ReferenceExpression expression)
    {
        if (expression.IsConditional)
        {
            AddFormatted(expression.WhenTrue);
            AddFormatted(expression.WhenFalse);
            return;
        }

        for (var i = 0; i < expression.ValueProviders.Count; i++)
        {
            if (expression.StringFormats[i] is { Length: > 0 } format)
            {
                FormattedName(expression.ValueProviders[i], format);
            }
        }
    }

    private void AddConditionals(ReferenceExpression expression)
    {
        foreach (var conditional in expression.ValueProviders.OfType<ReferenceExpression>().Prepend(expression))
        {
            if (conditional.IsConditional)
            {
                _conditionals.TryAdd(conditional.Name, conditional);
                _names.Add(conditional.Name);
            }
        }
    }

    /// <returns>Null when the provider is not a parameter: other values are written without their format.</returns>
    private string? FormattedName(IValueProvider provider, string format)
    {
        var parameter = provider switch
        {
            ParameterResource direct => direct,
            ReferenceExpression { Format: "{0}", ValueProviders: [ParameterResource only] } => only,
            _ => null,
        };
        if (parameter is null)
        {
            return null;
        }

        if (!_formatted.TryGetValue(parameter, out var formats))
        {
            _formatted.Add(parameter, formats = new Dictionary<string, string>(StringComparer.Ordinal));
        }

        if (!formats.TryGetValue(format, out var name))
        {
            formats.Add(format, name = UnusedName($"{parameter.Name}-{WordsOf(format)}-encoded"));
        }

        return name;
    }

    private string UnusedName(string wanted)
    {
        var name = wanted;
        for (var suffix = 1; !_names.Add(name); suffix++)
        {
            name = $"{wanted}-{suffix.ToInvariant()}";
        }

        return name;
    }

    private static string WordsOf(string format)
    {
        var words = new StringBuilder(format.Length);
        foreach (var c in format)
        {
            if (char.IsLetterOrDigit(c))
            {
                words.Append(char.ToLowerInvariant(c));
            }
            else if (words.Length > 0 && words[^1] != '-')
            {
                words.Append('-');
            }
        }

        var text = words.ToString().TrimEnd('-');
        return text.Length == 0 ? "formatted" : text;
    }
}
