using System.Threading.Channels;

namespace Aspire.Hosting.Interactions;

/// <summary>A question that is open, or was.</summary>
internal sealed class Interaction(int id, string title, string? message, InteractionOptions options, InteractionContent content)
{
    public int Id { get; } = id;

    public string Title { get; } = title;

    public string? Message { get; } = message;

    public InteractionOptions Options { get; } = options;

    public InteractionContent Content { get; } = content;

    /// <summary>True or false of a button, null when nobody answered; of inputs true says that they were accepted.</summary>
    public TaskCompletionSource<bool?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Of a dialog; null for the other kinds.</summary>
    public InputLoads? Loads { get; set; }

    public bool IsOver => Answer.Task.IsCompleted;
}

/// <summary>What is asked.</summary>
internal abstract record InteractionContent
{
    public sealed record MessageBox(MessageIntent Intent) : InteractionContent;

    public sealed record Notification(MessageIntent Intent, string? LinkText, string? LinkUrl) : InteractionContent;

    public sealed record Dialog(InteractionInputCollection Inputs, Func<InputsDialogValidationContext, Task>? Validate) : InteractionContent;
}

/// <summary>What a dashboard sends back.</summary>
internal abstract record InteractionAnswer
{
    /// <summary>Closed without an answer.</summary>
    public sealed record Dismissed : InteractionAnswer;

    /// <param name="Accepted">Null: closed without an answer.</param>
    public sealed record Button(bool? Accepted) : InteractionAnswer;

    /// <param name="IsChange">The dialog is still open: only an input changed on which others depend.</param>
    public sealed record Values(IReadOnlyDictionary<string, string> Entered, bool IsChange) : InteractionAnswer;
}

/// <summary>What one dashboard is told: the open questions, then every change, until it is let go.</summary>
internal sealed class InteractionWatch(ChannelReader<Interaction> changes, Action leave) : IDisposable
{
    /// <summary>Ends when the watch is disposed.</summary>
    public ChannelReader<Interaction> Changes { get; } = changes;

    public void Dispose() => leave();
}
