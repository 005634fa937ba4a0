using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Parameters;

/// <summary>Decides on the values of the parameters of a run, tells the dashboard, and lets those who wait for a value go on.</summary>
internal sealed class ParameterProcessor(
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    IInteractionService interactions,
    ParameterQuestions questions,
    UserSecretsStore secrets,
    ILogger<ParameterProcessor> logger)
{
    /// <summary>Somebody can give a missing value while the application runs.</summary>
    private bool CanAsk => interactions.IsAvailable;

    /// <summary>Reads every value. Where one is missing, those who need it wait with a dashboard and fail without.</summary>
    /// <exception cref="UserSecretsException">A generated value can't be kept. The run must not go on: data made with it could not be opened again.</exception>
    public async Task InitializeParametersAsync(IEnumerable<ParameterResource> parameters)
    {
        foreach (var parameter in parameters)
        {
            await InitializeAsync(parameter);
        }
    }

    /// <summary>Gives a value by hand; those who wait for it go on.</summary>
    /// <exception cref="UserSecretsException">The value holds for this run but could not be kept.</exception>
    public async Task SetAsync(ParameterResource parameter, string value, bool keep)
    {
        if (parameter.WaitForValue is null or { Task.IsCompleted: true })
        {
            parameter.WaitForValue = NewSource();
        }

        parameter.WaitForValue.TrySetResult(value);
        questions.Answered(parameter);
        await PublishAsync(parameter, value, KnownResourceStates.Running);
        loggers.GetLogger(parameter).LogInformation("Parameter resource {ResourceName} has been resolved via user interaction.", parameter.Name);
        if (keep)
        {
            secrets.Set(parameter.ConfigurationKey, value);
            ParameterLog.Kept(logger, parameter.Name);
        }
    }

    /// <summary>Takes the value away: whoever starts from now on waits for a new one.</summary>
    /// <exception cref="UserSecretsException">The value is gone for this run but is still in the file.</exception>
    public async Task DeleteAsync(ParameterResource parameter, bool forget)
    {
        parameter.WaitForValue = NewSource();
        await PublishAsync(parameter, "Parameter value has been deleted", new(KnownResourceStates.ValueMissing, KnownResourceStateStyles.Warn));
        loggers.GetLogger(parameter).LogInformation("Parameter resource {ResourceName} value has been cleared.", parameter.Name);
        questions.Ask(parameter, this);
        if (forget && secrets.Remove(parameter.ConfigurationKey))
        {
            loggers.GetLogger(parameter).LogInformation("Parameter resource {ResourceName} value has been deleted from user secrets.", parameter.Name);
        }
    }

    private static TaskCompletionSource<string> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task InitializeAsync(ParameterResource parameter)
    {
        parameter.WaitForValue = NewSource();
        if (CanAsk)
        {
            ParameterCommands.AddTo(parameter, this, secrets);
        }

        try
        {
            var value = parameter.ValueInternal;
            await PublishAsync(parameter, value, KnownResourceStates.Running);
            parameter.WaitForValue.TrySetResult(value);
        }
        catch (MissingParameterValueException exception)
        {
            ReportMissing(parameter, exception);
            await PublishAsync(parameter, exception.Message, new(KnownResourceStates.ValueMissing, KnownResourceStateStyles.Warn));
        }
        catch (UserSecretsException)
        {
            throw;
        }
        catch (Exception exception)
        {
            parameter.WaitForValue.TrySetException(exception);
            loggers.GetLogger(parameter).LogError(exception, "Failed to initialize parameter resource {ResourceName}.", parameter.Name);
            await PublishAsync(parameter, exception.Message, new("Error initializing parameter", KnownResourceStateStyles.Error));
        }
    }

    private void ReportMissing(ParameterResource parameter, MissingParameterValueException exception)
    {
        var key = parameter.ConfigurationKey;
        var variable = EnvironmentVariables.ForConfigurationKey(key);
        var log = loggers.GetLogger(parameter);
        if (CanAsk)
        {
            log.LogWarning("Parameter resource {ResourceName} could not be initialized. Waiting for user input.", parameter.Name);
            questions.Ask(parameter, this);
        }
        else
        {
            parameter.WaitForValue!.TrySetException(exception);
            log.LogError("Failed to initialize parameter resource {ResourceName}: configuration key '{Key}' is missing.", parameter.Name, key);
        }

        log.LogWarning(
            "Set it with: dotnet user-secrets set \"{Key}\" \"<value>\" in the AppHost's folder, or with the environment variable {Variable}.",
            key,
            variable);
        ParameterLog.Missing(logger, parameter.Name, key, variable);
    }

    private Task PublishAsync(ParameterResource parameter, string value, ResourceStateSnapshot? state) =>
        notifications.PublishUpdateAsync(parameter, snapshot => snapshot with
        {
            State = state,
            Properties = WithValue(snapshot.Properties, new ResourcePropertySnapshot(KnownProperties.Parameter.Value, value)
            {
                DisplayName = "Value",
                IsSensitive = parameter.Secret,
                IsHighlighted = true,
                SortOrder = 0,
            }),
        });

    private static ImmutableArray<ResourcePropertySnapshot> WithValue(ImmutableArray<ResourcePropertySnapshot> properties, ResourcePropertySnapshot value) =>
        [.. properties.Where(p => p.Name != value.Name), value];
}
