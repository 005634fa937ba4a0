using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Parameters;

/// <summary>Asks at the dashboard for the values that are missing: a bar that stays while one is, and behind it a dialog for all of them.</summary>
internal sealed class ParameterQuestions(
    IInteractionService interactions,
    UserSecretsStore secrets,
    IHostApplicationLifetime lifetime,
    ILogger<ParameterQuestions> logger) : IDisposable
{
    private const string BarTitle = "Unresolved parameters";
    private const string BarMessage = "There are unresolved parameters that need to be set. Please provide values for them.";
    private const string DialogTitle = "Set unresolved parameters";
    private const string DialogMessage =
        "Please provide values for the unresolved parameters. Parameters can be saved to [user secrets](https://aka.ms/aspire/user-secrets) for future use.";

    private readonly Lock _lock = new();
    private readonly List<ParameterResource> _missing = [];
    private CancellationTokenSource? _allKnown;

    /// <summary>Asks until the parameter has a value, together with the others that have none.</summary>
    /// <param name="processor">Receives the value.</param>
    public void Ask(ParameterResource parameter, ParameterProcessor processor)
    {
        lock (_lock)
        {
            if (!interactions.IsAvailable || _missing.Contains(parameter))
            {
                return;
            }

            _missing.Add(parameter);
            if (_allKnown is null)
            {
                _allKnown = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
                var token = _allKnown.Token;
                _ = Task.Run(() => AskUntilAllKnownAsync(processor, token), CancellationToken.None);
            }
        }
    }

    /// <summary>The parameter has its value, from wherever; with the last one bar and dialog go away.</summary>
    public void Answered(ParameterResource parameter)
    {
        lock (_lock)
        {
            if (_missing.Remove(parameter) && _missing.Count == 0)
            {
                End();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            End();
        }
    }

    private void End()
    {
        _allKnown?.Cancel();
        _allKnown?.Dispose();
        _allKnown = null;
    }

    private ParameterResource[] Missing()
    {
        lock (_lock)
        {
            return [.. _missing];
        }
    }

    private async Task AskUntilAllKnownAsync(ParameterProcessor processor, CancellationToken allKnown)
    {
        var bar = new NotificationInteractionOptions { Intent = MessageIntent.Warning, PrimaryButtonText = "Enter values" };
        try
        {
            while (!allKnown.IsCancellationRequested)
            {
                // Dismissed, the bar comes back: somebody waits for the value.
                var wanted = await interactions.PromptNotificationAsync(BarTitle, BarMessage, bar, allKnown);
                if (wanted.Data)
                {
                    await AskForValuesAsync(Missing(), processor, allKnown);
                }
            }
        }
        catch (OperationCanceledException) when (allKnown.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "The missing parameters can no longer be asked for. The command 'Set parameter' of each still sets it.");
        }
    }

    private async Task AskForValuesAsync(ParameterResource[] parameters, ParameterProcessor processor, CancellationToken allKnown)
    {
        var values = parameters.Select(p => ParameterCommands.ValueInput(p, p.Name, isRequired: false)).ToArray();
        var save = ParameterCommands.SaveInput(secrets);
        var dialog = new InputsDialogInteractionOptions { PrimaryButtonText = "Save", ShowDismiss = true, EnableMessageMarkdown = true };
        var answer = await interactions.PromptInputsAsync(DialogTitle, DialogMessage, [.. values, save], dialog, allKnown);
        if (answer.Canceled)
        {
            return;
        }

        foreach (var (parameter, input) in parameters.Zip(values).Where(p => !string.IsNullOrEmpty(p.Second.Value)))
        {
            try
            {
                await processor.SetAsync(parameter, input.Value!, ParameterCommands.IsTrue(save));
            }
            catch (UserSecretsException exception)
            {
                ParameterLog.NotKept(logger, parameter.Name, exception.Message);
            }
        }
    }
}
