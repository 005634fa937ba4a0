namespace Aspire.Hosting.Interactions;

/// <content>The kinds of questions.</content>
internal sealed partial class InteractionService
{
    public Task<InteractionResult<bool>> PromptConfirmationAsync(
        string title,
        string message,
        MessageBoxInteractionOptions? options = null,
        CancellationToken cancellationToken = default) =>
        AskBoxAsync(title, message, options, MessageIntent.Confirmation, showSecondaryButton: true, cancellationToken);

    public Task<InteractionResult<bool>> PromptMessageBoxAsync(
        string title,
        string message,
        MessageBoxInteractionOptions? options = null,
        CancellationToken cancellationToken = default) =>
        AskBoxAsync(title, message, options, options?.Intent ?? MessageIntent.None, showSecondaryButton: false, cancellationToken);

    public Task<InteractionResult<InteractionInput>> PromptInputAsync(
        string title,
        string? message,
        string inputLabel,
        string placeHolder,
        InputsDialogInteractionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputLabel);
        var input = new InteractionInput
        {
            Name = string.Concat(inputLabel.Select(c => char.IsLetterOrDigit(c) ? c : '_')),
            Label = inputLabel,
            InputType = InputType.Text,
            Placeholder = placeHolder,
            Required = true,
        };
        return PromptInputAsync(title, message, input, options, cancellationToken);
    }

    public async Task<InteractionResult<InteractionInput>> PromptInputAsync(
        string title,
        string? message,
        InteractionInput input,
        InputsDialogInteractionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        var result = await PromptInputsAsync(title, message, [input], options, cancellationToken);
        return result.Canceled ? InteractionResult.Cancel<InteractionInput>() : InteractionResult.Ok(result.Data[0]);
    }

    public async Task<InteractionResult<InteractionInputCollection>> PromptInputsAsync(
        string title,
        string? message,
        IReadOnlyList<InteractionInput> inputs,
        InputsDialogInteractionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var collection = new InteractionInputCollection(inputs);
        InputLoads.ThrowIfOutOfOrder(collection);
        var dialog = new InteractionContent.Dialog(collection, options?.ValidationCallback);
        var accepted = await AskAsync(title, message, options ?? new InputsDialogInteractionOptions(), dialog, cancellationToken);
        return accepted == true ? InteractionResult.Ok(collection) : InteractionResult.Cancel<InteractionInputCollection>();
    }

    public async Task<InteractionResult<bool>> PromptNotificationAsync(
        string title,
        string message,
        NotificationInteractionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var bar = new InteractionContent.Notification(options?.Intent ?? MessageIntent.None, options?.LinkText, options?.LinkUrl);
        return Result(await AskAsync(title, message, options ?? new NotificationInteractionOptions(), bar, cancellationToken));
    }

    private static InteractionResult<bool> Result(bool? accepted) =>
        accepted is { } value ? InteractionResult.Ok(value) : InteractionResult.Cancel<bool>();

    private async Task<InteractionResult<bool>> AskBoxAsync(
        string title,
        string message,
        MessageBoxInteractionOptions? given,
        MessageIntent intent,
        bool showSecondaryButton,
        CancellationToken cancellationToken)
    {
        var effective = new MessageBoxInteractionOptions
        {
            PrimaryButtonText = given?.PrimaryButtonText,
            SecondaryButtonText = given?.SecondaryButtonText,
            ShowSecondaryButton = given?.ShowSecondaryButton ?? showSecondaryButton,
            ShowDismiss = given?.ShowDismiss ?? false,
            EnableMessageMarkdown = given?.EnableMessageMarkdown,
        };
        return Result(await AskAsync(title, message, effective, new InteractionContent.MessageBox(intent), cancellationToken));
    }
}
