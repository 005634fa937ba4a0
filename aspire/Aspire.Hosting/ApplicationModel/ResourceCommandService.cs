using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Runs the commands of resources, for the dashboard, the command line and tests alike.</summary>
public class ResourceCommandService
{
    private static readonly Dictionary<string, string?> s_noArguments = [];

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
        ExecuteCommandAsync(resourceId, commandName, s_noArguments, cancellationToken);

    /// <inheritdoc cref="ExecuteCommandAsync(string, string, CancellationToken)"/>
    /// <param name="arguments">What a person answered, by <see cref="CommandArgument.Name"/>.</param>
    internal async Task<ExecuteCommandResult> ExecuteCommandAsync(
        string resourceId,
        string commandName,
        IReadOnlyDictionary<string, string?> arguments,
        CancellationToken cancellationToken) =>
        _notifications.TryGetCurrentState(resourceId, out var current)
            ? await ExecuteOnInstanceAsync(current.Resource, current.ResourceId, commandName, arguments, cancellationToken)
            : new ExecuteCommandResult { Success = false, Message = $"Resource '{resourceId}' not found." };

    /// <summary>Runs a command on every instance of the resource; fails when one fails, and says which.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        var instances = ResourceNotificationService.InstanceNames(resource);
        if (instances.Count == 1)
        {
            return await ExecuteOnInstanceAsync(resource, instances[0], commandName, s_noArguments, cancellationToken);
        }

        var results = await Task.WhenAll(instances.Select(i => ExecuteOnInstanceAsync(resource, i, commandName, s_noArguments, cancellationToken)));
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
        IReadOnlyDictionary<string, string?> arguments,
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
            var result = await command.ExecuteCommand(new ExecuteCommandContext
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
            else
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
