using Aspire.Hosting.Interactions;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Runs the commands of resources, for the dashboard, the command line and tests alike.</summary>
public class ResourceCommandService
{
    private static readonly CommandCall s_withoutArguments = new();

    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(ResourceNotificationService notifications, ResourceLoggerService loggers, IServiceProvider services)
    {
        _notifications = notifications;
        _loggers = loggers;
        _services = services;
    }

    /// <summary>Runs a command on one instance.</summary>
    /// <param name="resourceId">Name of the instance, or of a resource with one instance.</param>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default) =>
        ExecuteCommandAsync(resourceId, commandName, s_withoutArguments, cancellationToken);

    /// <inheritdoc cref="ExecuteCommandAsync(string, string, CancellationToken)"/>
    /// <param name="arguments">Values by name; the command runs with arguments of its own that carry them.</param>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(
        string resourceId,
        string commandName,
        InteractionInputCollection arguments,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return ExecuteCommandAsync(resourceId, commandName, new CommandCall { Inputs = arguments }, cancellationToken);
    }

    /// <summary>Runs a command on every instance of the resource; fails when one fails, and says which.</summary>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default) =>
        ExecuteCommandAsync(resource, commandName, s_withoutArguments, cancellationToken);

    /// <inheritdoc cref="ExecuteCommandAsync(IResource, string, CancellationToken)"/>
    /// <param name="arguments">Values by name; the command runs with arguments of its own that carry them.</param>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(
        IResource resource,
        string commandName,
        InteractionInputCollection arguments,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return ExecuteCommandAsync(resource, commandName, new CommandCall { Inputs = arguments }, cancellationToken);
    }

    internal async Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CommandCall call, CancellationToken cancellationToken) =>
        _notifications.TryGetCurrentState(resourceId, out var current)
            ? await ExecuteOnInstanceAsync(current.Resource, current.ResourceId, commandName, call, cancellationToken)
            : new ExecuteCommandResult { Success = false, Message = $"Resource '{resourceId}' not found." };

    internal async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CommandCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var instances = ResourceNotificationService.InstanceNames(resource);
        if (instances.Count == 1)
        {
            return await ExecuteOnInstanceAsync(resource, instances[0], commandName, call, cancellationToken);
        }

        var results = await Task.WhenAll(instances.Select(i => ExecuteOnInstanceAsync(resource, i, commandName, call, cancellationToken)));
        var failures = results.Zip(instances).Where(r => !r.First.Success).ToArray();
        if (failures.Length == 0)
        {
            return CommandResults.Success();
        }

        return results.Any(r => r.Canceled) && failures.All(f => f.First.Canceled)
            ? CommandResults.Canceled()
            : CommandResults.Failure(
                $"{failures.Length} command executions failed.{Environment.NewLine}"
                + string.Join(Environment.NewLine, failures.Select(f => $"Resource '{f.Second}' failed with error message: {f.First.Message}")));
    }

    private async Task<ExecuteCommandResult> ExecuteOnInstanceAsync(
        IResource resource,
        string instance,
        string commandName,
        CommandCall call,
        CancellationToken cancellationToken)
    {
        var logger = _loggers.GetLogger(instance);
        var command = resource.Annotations.OfType<ResourceCommandAnnotation>().LastOrDefault(c => c.Name == commandName);
        if (command is null)
        {
            logger.LogInformation("Command '{CommandName}' not available.", commandName);
            return CommandResults.Failure($"Command '{commandName}' not available for resource '{resource.Name}'.");
        }

        logger.LogInformation("Executing command '{CommandName}'.", commandName);
        try
        {
            if (!call.MayAsk)
            {
                InteractionService.BeSilent();
            }

            var (arguments, refusal) = await CommandArguments.PrepareAsync(command, call, _services, cancellationToken);
            var result = refusal ?? await command.ExecuteCommand(new ExecuteCommandContext
            {
                ResourceName = instance,
                ServiceProvider = _services,
                CancellationToken = cancellationToken,
                Logger = logger,
                Arguments = arguments,
            });
            if (result.Success)
            {
                logger.LogInformation("Successfully executed command '{CommandName}'.", commandName);
            }
            else if (!result.Canceled)
            {
                logger.LogInformation("Failure executing command '{CommandName}'. Error message: {Message}", commandName, result.Message);
            }

            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return CommandResults.Canceled();
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Error executing command '{CommandName}'.", commandName);
            return CommandResults.Failure(exception.Message);
        }
    }
}
