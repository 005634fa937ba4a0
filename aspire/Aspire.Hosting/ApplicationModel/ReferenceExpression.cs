using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Aspire.Hosting.Hashing;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Text with values in it that may be known only later; in the manifest the values become expressions.</summary>
[DebuggerDisplay("{ValueExpression}")]
public class ReferenceExpression : IManifestExpressionProvider, IValueProvider, IValueWithReferences
{
    public static readonly ReferenceExpression Empty = new(string.Empty, [], [], []);

    private readonly string[] _manifestExpressions;
    private readonly string?[] _stringFormats;

    private ReferenceExpression(string format, IValueProvider[] valueProviders, string[] manifestExpressions, string?[] stringFormats)
    {
        Format = format;
        ValueProviders = valueProviders;
        _manifestExpressions = manifestExpressions;
        _stringFormats = stringFormats;
    }

    private ReferenceExpression(IValueProvider condition, string matchValue, ReferenceExpression whenTrue, ReferenceExpression whenFalse)
        : this(string.Empty, [.. whenTrue.ValueProviders, .. whenFalse.ValueProviders], [], [])
    {
        Condition = condition;
        MatchValue = matchValue;
        WhenTrue = whenTrue;
        WhenFalse = whenFalse;
        Name = ConditionalName(condition, matchValue, whenTrue, whenFalse);
    }

    /// <summary>Composite format string; <c>{0}</c> stands for the first provider.</summary>
    public string Format { get; }

    public IReadOnlyList<string> ManifestExpressions => _manifestExpressions;

    /// <summary>Format of each provider, such as <c>uri</c>; null: none.</summary>
    public IReadOnlyList<string?> StringFormats => _stringFormats;

    public IReadOnlyList<IValueProvider> ValueProviders { get; }

    [MemberNotNullWhen(true, nameof(Condition), nameof(MatchValue), nameof(WhenTrue), nameof(WhenFalse), nameof(Name))]
    public bool IsConditional => Condition is not null;

    public IValueProvider? Condition { get; }

    public string? MatchValue { get; }

    public ReferenceExpression? WhenTrue { get; }

    public ReferenceExpression? WhenFalse { get; }

    /// <summary>Name of the helper resource in the manifest; only for a conditional expression.</summary>
    internal string? Name { get; }

    public string ValueExpression => IsConditional
        ? $"{{{Name}.connectionString}}"
        : string.Format(CultureInfo.InvariantCulture, Format, _manifestExpressions.ToArray<object>());

    IEnumerable<object> IValueWithReferences.References
    {
        get
        {
            if (!IsConditional)
            {
                return ValueProviders;
            }

            IEnumerable<object> ofCondition = Condition is IValueWithReferences references ? references.References : [];
            return [Condition, .. ofCondition, .. WhenTrue.ValueProviders, .. WhenFalse.ValueProviders];
        }
    }

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => handler.GetExpression();

    /// <summary>One of two expressions, by the value of <paramref name="condition"/> when it is resolved (case does not matter).</summary>
    public static ReferenceExpression CreateConditional(
        IValueProvider condition,
        string matchValue,
        ReferenceExpression whenTrue,
        ReferenceExpression whenFalse) => new(condition, matchValue, whenTrue, whenFalse);

    internal static ReferenceExpression Create(string format, IValueProvider[] valueProviders, string[] manifestExpressions, string?[] stringFormats) =>
        new(format, valueProviders, manifestExpressions, stringFormats);

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => GetValueAsync(new ValueProviderContext(), cancellationToken);

    /// <returns>Null when the expression is empty.</returns>
    public async ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken)
    {
        if (IsConditional)
        {
            var decided = await Condition.GetValueAsync(context, cancellationToken);
            var branch = string.Equals(decided, MatchValue, StringComparison.OrdinalIgnoreCase) ? WhenTrue : WhenFalse;
            return await branch.GetValueAsync(context, cancellationToken);
        }

        if (Format.Length == 0)
        {
            return null;
        }

        var values = new object?[ValueProviders.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var value = await ValueProviders[i].GetValueAsync(context, cancellationToken);
            values[i] = _stringFormats[i] is { } format && value is not null ? FormatValue(value, format) : value;
        }

        return string.Format(CultureInfo.InvariantCulture, Format, values);
    }

    /// <exception cref="FormatException"><paramref name="format"/> is not known.</exception>
    internal static string FormatValue(string value, string format) => format.ToLowerInvariant() switch
    {
        "uri" => Uri.EscapeDataString(value),
        _ => throw new FormatException($"The format '{format}' is not supported. Supported formats are: 'uri'."),
    };

    private static string ConditionalName(IValueProvider condition, string matchValue, ReferenceExpression whenTrue, ReferenceExpression whenFalse)
    {
        var expression = condition is IManifestExpressionProvider provider ? provider.ValueExpression : null;
        var hash = XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(
            (expression ?? condition.GetType().Name) + whenTrue.ValueExpression + whenFalse.ValueExpression + matchValue));
        var words = expression is null ? string.Empty : WordsOf(expression);
        return $"cond-{(words.Length == 0 ? "expr" : words)}-{hash.ToString("x8", CultureInfo.InvariantCulture)}";
    }

    /// <summary><c>{cache.bindings.tcp.tlsEnabled}</c> becomes <c>cache-bindings-tcp-tlsenabled</c>.</summary>
    private static string WordsOf(string expression)
    {
        var words = new StringBuilder(expression.Length);
        foreach (var c in expression)
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

        return words.ToString().TrimEnd('-');
    }

    /// <summary>Collects the parts of <c>$"…"</c>; holes take text or anything that has both a value and a manifest expression.</summary>
    [InterpolatedStringHandler]
    public ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _format = new(literalLength * 2);
        private readonly List<IValueProvider> _providers = new(formattedCount);
        private readonly List<string> _expressions = new(formattedCount);
        private readonly List<string?> _stringFormats = new(formattedCount);

        public readonly void AppendLiteral(string value) => _format.Append(EscapeBraces(value));

        public readonly void AppendFormatted(string? value) => AppendFormatted(value, format: null);

        public readonly void AppendFormatted(string? value, string? format)
        {
            if (value is not null)
            {
                _format.Append(EscapeBraces(format is null ? value : FormatValue(value, format)));
            }
        }

        public readonly void AppendFormatted<T>(T valueProvider)
            where T : IValueProvider, IManifestExpressionProvider => AppendFormatted(valueProvider, format: null);

        public readonly void AppendFormatted<T>(T valueProvider, string? format)
            where T : IValueProvider, IManifestExpressionProvider => Add(valueProvider, valueProvider.ValueExpression, format);

        public readonly void AppendFormatted<T>(IResourceBuilder<T> valueProvider)
            where T : IResource, IValueProvider, IManifestExpressionProvider => AppendFormatted(valueProvider, format: null);

        public readonly void AppendFormatted<T>(IResourceBuilder<T> valueProvider, string? format)
            where T : IResource, IValueProvider, IManifestExpressionProvider =>
            Add(valueProvider.Resource, valueProvider.Resource.ValueExpression, format);

        internal readonly ReferenceExpression GetExpression() =>
            new(_format.ToString(), [.. _providers], [.. _expressions], [.. _stringFormats]);

        private readonly void Add(IValueProvider provider, string expression, string? format)
        {
            _format.Append('{').Append(_providers.Count).Append('}');
            _providers.Add(provider);
            _expressions.Add(expression);
            _stringFormats.Add(format);
        }

        internal static string EscapeBraces(string text) =>
            text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
    }
}

/// <summary>Builds a <see cref="ReferenceExpression"/> piece by piece.</summary>
public class ReferenceExpressionBuilder
{
    private readonly StringBuilder _format = new();
    private readonly List<IValueProvider> _providers = [];
    private readonly List<string> _expressions = [];
    private readonly List<string?> _stringFormats = [];

    public bool IsEmpty => _format.Length == 0;

    /// <summary>The compiler has appended the parts to this builder when the call is made.</summary>
    public void Append([InterpolatedStringHandlerArgument("")] in ReferenceExpressionBuilderInterpolatedStringHandler handler) =>
        ArgumentOutOfRangeException.ThrowIfNotEqual(handler.Builder, this);

    public void AppendLiteral(string value) => _format.Append(ReferenceExpression.ExpressionInterpolatedStringHandler.EscapeBraces(value));

    public void AppendFormatted(string? value, string? format = null)
    {
        if (value is not null)
        {
            AppendLiteral(format is null ? value : ReferenceExpression.FormatValue(value, format));
        }
    }

    public void AppendFormatted<T>(T valueProvider, string? format = null)
        where T : IValueProvider, IManifestExpressionProvider
    {
        _format.Append('{').Append(_providers.Count).Append('}');
        _providers.Add(valueProvider);
        _expressions.Add(valueProvider.ValueExpression);
        _stringFormats.Add(format);
    }

    public void AppendValueProvider(object valueProvider, string? format = null)
    {
        if (valueProvider is not IValueProvider provider || valueProvider is not IManifestExpressionProvider expression)
        {
            throw new ArgumentException("The value must have both a value and a manifest expression.", nameof(valueProvider));
        }

        _format.Append('{').Append(_providers.Count).Append('}');
        _providers.Add(provider);
        _expressions.Add(expression.ValueExpression);
        _stringFormats.Add(format);
    }

    public ReferenceExpression Build() =>
        ReferenceExpression.Create(_format.ToString(), [.. _providers], [.. _expressions], [.. _stringFormats]);

    /// <summary>Appends the parts of an interpolated string to the builder that <c>Append</c> was called on.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct ReferenceExpressionBuilderInterpolatedStringHandler
    {
        public ReferenceExpressionBuilderInterpolatedStringHandler(int literalLength, int formattedCount, ReferenceExpressionBuilder builder)
        {
            _ = literalLength + formattedCount;
            Builder = builder;
        }

        internal ReferenceExpressionBuilder Builder { get; }

        public void AppendLiteral(string value) => Builder.AppendLiteral(value);

        public void AppendFormatted(string? value) => Builder.AppendFormatted(value);

        public void AppendFormatted(string? value, string? format) => Builder.AppendFormatted(value, format);

        public void AppendFormatted<T>(T valueProvider)
            where T : IValueProvider, IManifestExpressionProvider => Builder.AppendFormatted(valueProvider);

        public void AppendFormatted<T>(T valueProvider, string? format)
            where T : IValueProvider, IManifestExpressionProvider => Builder.AppendFormatted(valueProvider, format);

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider)
            where T : IResource, IValueProvider, IManifestExpressionProvider => Builder.AppendFormatted(valueProvider.Resource);

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider, string? format)
            where T : IResource, IValueProvider, IManifestExpressionProvider => Builder.AppendFormatted(valueProvider.Resource, format);
    }
}
