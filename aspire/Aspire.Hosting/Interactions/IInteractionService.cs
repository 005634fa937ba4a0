namespace Aspire.Hosting;

/// <summary>Asks the person at the dashboard. Every question ends as cancelled when its token is, when it is dismissed, or when the application stops.</summary>
public interface IInteractionService
{
    /// <summary>False where nobody can be asked: without a dashboard, in publish mode, in a command that was told not to ask, and with <c>ASPIRE_INTERACTIVITY_ENABLED=false</c>.</summary>
    bool IsAvailable { get; }

    /// <summary>A box with a question that is answered with yes or no.</summary>
    /// <exception cref="InvalidOperationException">Nobody can be asked.</exception>
    Task<InteractionResult<bool>> PromptConfirmationAsync(
        string title,
        string message,
        MessageBoxInteractionOptions? options = null,
        CancellationToken cancellationToken = default);

    /// <summary>A box with something to know.</summary>
    /// <exception cref="InvalidOperationException">Nobody can be asked.</exception>
    Task<InteractionResult<bool>> PromptMessageBoxAsync(
        string title,
        string message,
        MessageBoxInteractionOptions? options = null,
        CancellationToken cancellationToken = default);

    /// <summary>A dialog with one text that has to be given.</summary>
    /// <exception cref="InvalidOperationException">Nobody can be asked.</exception>
    Task<InteractionResult<InteractionInput>> PromptInputAsync(
        string title,
        string? message,
        string inputLabel,
        string placeHolder,
        InputsDialogInteractionOptions? options = null,
        CancellationToken cancellationToken = default);

    /// <summary>A dialog with one input.</summary>
    /// <exception cref="InvalidOperationException">Nobody can be asked.</exception>
    Task<InteractionResult<InteractionInput>> PromptInputAsync(
        string title,
        string? message,
        InteractionInput input,
        InputsDialogInteractionOptions? options = null,
        CancellationToken cancellationToken = default);

    /// <summary>A dialog with several inputs. What was entered is in the inputs themselves.</summary>
    /// <exception cref="InvalidOperationException">Nobody can be asked, two inputs have one name, or one depends on an input that doesn't stand before it.</exception>
    Task<InteractionResult<InteractionInputCollection>> PromptInputsAsync(
        string title,
        string? message,
        IReadOnlyList<InteractionInput> inputs,
        InputsDialogInteractionOptions? options = null,
        CancellationToken cancellationToken = default);

    /// <summary>A bar at the top of the dashboard; it stays until it is answered.</summary>
    /// <exception cref="InvalidOperationException">Nobody can be asked.</exception>
    Task<InteractionResult<bool>> PromptNotificationAsync(
        string title,
        string message,
        NotificationInteractionOptions? options = null,
        CancellationToken cancellationToken = default);
}
