using System.Globalization;

namespace Aspire.Hosting.Interactions;

/// <summary>Whether inputs can be accepted, each by itself and then all together.</summary>
internal static class InputChecks
{
    /// <summary>Characters of a text whose input names no limit.</summary>
    public const int DefaultMaxLength = 8000;

    /// <summary>Leaves the errors in the inputs, and the values without blanks around them; a secret is kept as it is.</summary>
    /// <param name="callback">Asked only when every input is acceptable by itself.</param>
    public static async Task<bool> PassAsync(
        InteractionInputCollection inputs,
        Func<InputsDialogValidationContext, Task>? callback,
        IServiceProvider services,
        CancellationToken cancellationToken)
    {
        var context = new InputsDialogValidationContext { Inputs = inputs, Services = services, CancellationToken = cancellationToken };
        foreach (var input in inputs)
        {
            input.Errors = [];
            input.Value = input.InputType == InputType.SecretText ? input.Value : input.Value?.Trim();
            if (!input.Disabled && ErrorOf(input) is { } error)
            {
                context.AddValidationError(input, error);
            }
        }

        if (!context.HasErrors && callback is not null)
        {
            await callback(context);
        }

        return !context.HasErrors;
    }

    private static string? ErrorOf(InteractionInput input)
    {
        if (input.Value is not { Length: > 0 } value)
        {
            return input.Required ? "Value is required." : null;
        }

        var maxLength = input.MaxLength ?? DefaultMaxLength;
        return input.InputType switch
        {
            InputType.Text or InputType.SecretText when value.Length > maxLength => $"Value length exceeds {maxLength} characters.",
            InputType.Choice when !input.AllowCustomChoice && input.Options is { } options && !options.Any(o => o.Key == value) =>
                "Value must be one of the provided options.",
            InputType.Boolean when !bool.TryParse(value, out _) => "Value must be a valid boolean.",
            InputType.Number when !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => "Value must be a valid number.",
            _ => null,
        };
    }
}
