using System.Collections.Immutable;
using System.Diagnostics;

namespace Aspire.Hosting;

/// <summary>How an input is entered. Files are outside this subset.</summary>
public enum InputType
{
    Text,
    SecretText,

    /// <summary>One of <see cref="InteractionInput.Options"/>.</summary>
    Choice,

    /// <summary>Its value is <c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>A number as the invariant culture writes it, with or without decimals.</summary>
    Number,
}

/// <summary>Something that a person is asked for: by a dialog, or before a command runs.</summary>
[DebuggerDisplay("{Name} {InputType} {Value}")]
public sealed class InteractionInput
{
    /// <summary>Unique among the inputs that are asked for together; case doesn't matter.</summary>
    public required string Name { get; init; }

    /// <summary>Null: the name.</summary>
    public string? Label { get; init; }

    public string? Description { get; init; }

    public bool EnableDescriptionMarkdown { get; init; }

    public required InputType InputType { get; init; }

    public bool Required { get; init; }

    /// <summary>Of a choice: value and text.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Options { get; set; }

    /// <summary>Fills the input while the dialog is open; null: it stays as it is.</summary>
    public InputLoadOptions? DynamicLoading { get; init; }

    /// <summary>What stands there at first, and then what was entered; null: nothing.</summary>
    public string? Value { get; set; }

    public string? Placeholder { get; init; }

    /// <summary>Whether a choice may be something else than its options.</summary>
    public bool AllowCustomChoice { get; init; }

    public bool Disabled { get; set; }

    /// <summary>Characters of a text; null: 8000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above zero.</exception>
    public int? MaxLength
    {
        get;
        init
        {
            if (value is { } length)
            {
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
            }

            field = value;
        }
    }

    internal string EffectiveLabel => string.IsNullOrWhiteSpace(Label) ? Name : Label;

    /// <summary>What is wrong with the value; replaced as a whole, so that it can be read at any time.</summary>
    internal ImmutableArray<string> Errors { get; set; } = [];

    /// <summary>Whether <see cref="DynamicLoading"/> is under way.</summary>
    internal bool IsLoading { get; set; }

    /// <summary>The same input with another value and without errors; a command's own inputs are asked again and again.</summary>
    internal InteractionInput With(string? value) => new()
    {
        Name = Name,
        Label = Label,
        Description = Description,
        EnableDescriptionMarkdown = EnableDescriptionMarkdown,
        InputType = InputType,
        Required = Required,
        Options = Options,
        DynamicLoading = DynamicLoading,
        Value = value,
        Placeholder = Placeholder,
        AllowCustomChoice = AllowCustomChoice,
        Disabled = Disabled,
        MaxLength = MaxLength,
    };
}

/// <summary>How an input is filled while its dialog is open.</summary>
public sealed class InputLoadOptions
{
    /// <summary>Changes the input of its context.</summary>
    public required Func<LoadInputContext, Task> LoadCallback { get; init; }

    /// <summary>Whether it also loads when the dialog opens although it depends on other inputs.</summary>
    public bool AlwaysLoadOnStart { get; init; }

    /// <summary>Names of inputs before this one; a change of one of them loads again. Null or empty: loads when the dialog opens.</summary>
    public IReadOnlyList<string>? DependsOnInputs { get; init; }
}

/// <summary>What an input is filled with.</summary>
public sealed class LoadInputContext
{
    public required InteractionInput Input { get; init; }

    public required InteractionInputCollection AllInputs { get; init; }

    public required IServiceProvider Services { get; init; }

    public required CancellationToken CancellationToken { get; init; }
}
