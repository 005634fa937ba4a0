using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Interactions;

/// <summary>Keeps the open questions, tells the dashboards, and takes the first acceptable answer.</summary>
internal sealed partial class InteractionService(
    DistributedApplicationOptions options,
    DistributedApplicationExecutionContext execution,
    IConfiguration configuration,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    ILogger<InteractionService> logger) : IInteractionService
{
    private const string EnabledKey = "ASPIRE_INTERACTIVITY_ENABLED";

    /// <summary>Set while a command runs that was told not to ask; flows with the command, whatever it calls.</summary>
    private static readonly AsyncLocal<bool> s_isSilent = new();

    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, Interaction> _open = [];
    private ImmutableArray<Channel<Interaction>> _watchers = [];
    private int _lastId;

    public bool IsAvailable => WhyUnavailable() is null;

    /// <summary>Dashboards that are told.</summary>
    internal int Watchers => _watchers.Length;

    /// <summary>Until the end of the calling asynchronous method nobody can be asked.</summary>
    public static void BeSilent() => s_isSilent.Value = true;

    /// <summary>First every open question, then each change.</summary>
    public InteractionWatch Watch()
    {
        var channel = Channel.CreateUnbounded<Interaction>(new UnboundedChannelOptions { SingleReader = true });
        lock (_lock)
        {
            foreach (var interaction in _open.Values)
            {
                channel.Writer.TryWrite(interaction);
            }

            _watchers = _watchers.Add(channel);
        }

        return new InteractionWatch(channel.Reader, () =>
        {
            lock (_lock)
            {
                _watchers = _watchers.Remove(channel);
            }

            channel.Writer.TryComplete();
        });
    }

    /// <summary>An answer to a question that is over, or of another kind, is left alone: two dashboards may answer the same one.</summary>
    public async Task AnswerAsync(int id, InteractionAnswer answer, CancellationToken cancellationToken)
    {
        Interaction? interaction;
        lock (_lock)
        {
            interaction = _open.GetValueOrDefault(id);
        }

        switch (interaction?.Content, answer)
        {
            case (not null, InteractionAnswer.Dismissed):
                Close(interaction!, accepted: null);
                break;
            case (InteractionContent.MessageBox or InteractionContent.Notification, InteractionAnswer.Button button):
                Close(interaction!, button.Accepted);
                break;
            case (InteractionContent.Dialog dialog, InteractionAnswer.Values values):
                await EnterAsync(interaction!, dialog, values, cancellationToken);
                break;
            default:
                LogIgnored(logger, id);
                break;
        }
    }

    private async Task<bool?> AskAsync(
        string title,
        string? message,
        InteractionOptions appearance,
        InteractionContent content,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(title);
        if (WhyUnavailable() is { } reason)
        {
            throw new InvalidOperationException($"'{title}' can't be asked: {reason}. Ask only where {nameof(IInteractionService)}.{nameof(IsAvailable)} is true.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var interaction = new Interaction(Interlocked.Increment(ref _lastId), title, message, appearance, content);
        if (content is InteractionContent.Dialog dialog)
        {
            interaction.Loads = new InputLoads(dialog.Inputs, services, () => TellAgain(interaction), logger, ending.Token);
            interaction.Loads.StartFirst();
        }

        lock (_lock)
        {
            _open.Add(interaction.Id, interaction);
            Tell(interaction);
        }

        using var takenBack = ending.Token.Register(() => Close(interaction, accepted: null));
        var accepted = await interaction.Answer.Task;

        // What still loads for the dialog is no longer wanted.
        await ending.CancelAsync();
        return accepted;
    }

    private async Task EnterAsync(Interaction interaction, InteractionContent.Dialog dialog, InteractionAnswer.Values values, CancellationToken cancellationToken)
    {
        var changed = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var input in dialog.Inputs.Where(i => !i.Disabled && values.Entered.ContainsKey(i.Name)))
        {
            var value = values.Entered[input.Name];
            value = input.InputType == InputType.Boolean ? (bool.TryParse(value, out var isTrue) && isTrue ? "true" : "false") : value;
            if ((input.Value ?? string.Empty) != value)
            {
                input.Value = value;
                changed.Add(input.Name);
            }
        }

        if (values.IsChange)
        {
            interaction.Loads?.StartAfter(changed);
            TellAgain(interaction);
            return;
        }

        if (await InputChecks.PassAsync(dialog.Inputs, dialog.Validate, services, cancellationToken))
        {
            Close(interaction, accepted: true);
        }
        else
        {
            TellAgain(interaction);
        }
    }

    private string? WhyUnavailable() =>
        execution.IsPublishMode ? "the application is published, not run"
        : options.DisableDashboard ? "the application runs without a dashboard"
        : bool.TryParse(configuration[EnabledKey], out var enabled) && !enabled ? $"{EnabledKey} is false"
        : s_isSilent.Value ? "the command was started by a caller that can't answer"
        : null;

    private void Close(Interaction interaction, bool? accepted)
    {
        lock (_lock)
        {
            if (_open.Remove(interaction.Id))
            {
                interaction.Answer.TrySetResult(accepted);
                Tell(interaction);
            }
        }
    }

    private void TellAgain(Interaction interaction)
    {
        lock (_lock)
        {
            if (_open.ContainsKey(interaction.Id))
            {
                Tell(interaction);
            }
        }
    }

    private void Tell(Interaction interaction)
    {
        foreach (var watcher in _watchers)
        {
            watcher.Writer.TryWrite(interaction);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The answer to interaction {Id} came too late or is of another kind.")]
    private static partial void LogIgnored(ILogger logger, int id);
}
