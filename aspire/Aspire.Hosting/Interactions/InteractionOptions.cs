namespace Aspire.Hosting;

/// <summary>How a question appears.</summary>
public class InteractionOptions
{
    /// <summary>Null: the dashboard's own text.</summary>
    public string? PrimaryButtonText { get; set; }

    /// <summary>Null: the dashboard's own text.</summary>
    public string? SecondaryButtonText { get; set; }

    /// <summary>Null: as the kind of question has it.</summary>
    public bool? ShowSecondaryButton { get; set; }

    /// <summary>Whether the question can be closed without an answer; null: as the kind of question has it.</summary>
    public bool? ShowDismiss { get; set; }

    /// <summary>Null: the message is plain text.</summary>
    public bool? EnableMessageMarkdown { get; set; }
}

/// <summary>How a message box appears.</summary>
public class MessageBoxInteractionOptions : InteractionOptions
{
    /// <summary>Null: <see cref="MessageIntent.None"/>.</summary>
    public MessageIntent? Intent { get; set; }
}

/// <summary>How a notification appears.</summary>
public class NotificationInteractionOptions : InteractionOptions
{
    /// <summary>Null: <see cref="MessageIntent.None"/>.</summary>
    public MessageIntent? Intent { get; set; }

    /// <summary>Shown only together with <see cref="LinkUrl"/>.</summary>
    public string? LinkText { get; set; }

    public string? LinkUrl { get; set; }
}

/// <summary>How a dialog with inputs appears, and what it accepts.</summary>
public class InputsDialogInteractionOptions : InteractionOptions
{
    /// <summary>Called with inputs that are acceptable each by itself; the dialog stays open while it finds errors.</summary>
    public Func<InputsDialogValidationContext, Task>? ValidationCallback { get; set; }
}

/// <summary>Inputs to check, of a dialog or of a command.</summary>
public sealed class InputsDialogValidationContext
{
    public required InteractionInputCollection Inputs { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public required IServiceProvider Services { get; init; }

    internal bool HasErrors { get; private set; }

    /// <summary>Shows the message beside the input.</summary>
    public void AddValidationError(InteractionInput input, string errorMessage)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentException.ThrowIfNullOrEmpty(errorMessage);
        input.Errors = input.Errors.Add(errorMessage);
        HasErrors = true;
    }

    /// <inheritdoc cref="AddValidationError(InteractionInput, string)"/>
    /// <exception cref="KeyNotFoundException">There is no such input.</exception>
    public void AddValidationError(string inputName, string errorMessage) => AddValidationError(Inputs[inputName], errorMessage);
}

/// <summary>What a message is for; the dashboard chooses colour and icon by it.</summary>
public enum MessageIntent
{
    None = 0,
    Success = 1,
    Warning = 2,
    Error = 3,
    Information = 4,
    Confirmation = 5,
}
