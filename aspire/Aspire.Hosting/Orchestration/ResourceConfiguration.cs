using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <param name="Environment">In the order of the callbacks that set them.</param>
internal sealed record ResolvedConfiguration(IReadOnlyList<DcpEnvVar> Environment, IReadOnlyList<ResolvedArgument> Arguments);

internal sealed record ResolvedArgument(string Value, bool IsSensitive);

/// <summary>A value could not be had; the reason is in the resource's log already.</summary>
internal sealed class ConfigurationFailedException(string message, Exception inner) : Exception(message, inner);

/// <summary>Runs the model's callbacks for variables and arguments and waits for the values that they name.</summary>
internal sealed class ResourceConfiguration(DistributedApplicationExecutionContext executionContext)
{
    /// <exception cref="ConfigurationFailedException">A value could not be resolved.</exception>
    public async Task<ResolvedConfiguration> ResolveAsync(AppResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        var arguments = await ArgumentsAsync(resource, logger, cancellationToken);
        var environment = await EnvironmentAsync(resource, logger, cancellationToken);
        return new ResolvedConfiguration(environment, arguments);
    }

    /// <returns>Null when the value is null.</returns>
    public async ValueTask<string?> ResolveAsync(AppResource resource, object? value, ILogger logger, CancellationToken cancellationToken)
    {
        switch (value)
        {
            case null:
                return null;
            case string text:
                return text;
            case IValueProvider provider:
                var context = new ValueProviderContext
                {
                    ExecutionContext = executionContext,
                    Caller = resource.Model,
                    Network = resource.Kind == AppResourceKind.Container
                        ? KnownNetworkIdentifiers.DefaultAspireContainerNetwork
                        : KnownNetworkIdentifiers.LocalhostNetwork,
                };
                var pending = provider.GetValueAsync(context, cancellationToken);
                if (!pending.IsCompleted)
                {
                    LogWaiting(provider, logger);
                }

                return await pending;
            case IResourceBuilder<IResource> builder:
                return await ResolveAsync(resource, builder.Resource, logger, cancellationToken);
            case bool flag:
                return flag ? "true" : "false";
            case IFormattable formattable:
                return formattable.ToString(null, CultureInfo.InvariantCulture);
            default:
                return value.ToString();
        }
    }

    private async Task<List<ResolvedArgument>> ArgumentsAsync(AppResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        var values = new List<object>();
        foreach (var annotation in resource.Model.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await annotation.Callback(new CommandLineArgsCallbackContext(values, resource.Model, cancellationToken)
            {
                ExecutionContext = executionContext,
                Logger = logger,
            });
        }

        var arguments = new List<ResolvedArgument>(values.Count);
        foreach (var value in values)
        {
            try
            {
                if (await ResolveAsync(resource, value, logger, cancellationToken) is { } text)
                {
                    arguments.Add(new ResolvedArgument(text, value is ParameterResource { Secret: true } or IResourceBuilder<ParameterResource> { Resource.Secret: true }));
                }
            }
            catch (Exception exception)
            {
                throw Failed(exception, $"Failed to resolve an argument for resource '{resource.Name}'. A dependency may have failed to start.", logger);
            }
        }

        return arguments;
    }

    private async Task<List<DcpEnvVar>> EnvironmentAsync(AppResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, object>();
        var context = new EnvironmentCallbackContext(executionContext, resource.Model, values, cancellationToken) { Logger = logger };
        foreach (var annotation in resource.Model.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        var environment = new List<DcpEnvVar>(values.Count);
        foreach (var (name, value) in values)
        {
            try
            {
                if (await ResolveAsync(resource, value, logger, cancellationToken) is { } text)
                {
                    environment.Add(new DcpEnvVar(name, DcpTemplates.Escape(text)));
                }
            }
            catch (Exception exception)
            {
                throw Failed(exception, $"Failed to resolve environment variable '{name}' for resource '{resource.Name}'. A dependency may have failed to start.", logger);
            }
        }

        return environment;
    }

    private static ConfigurationFailedException Failed(Exception exception, string message, ILogger logger)
    {
        logger.LogError(exception, "{Message}", message);
        return new ConfigurationFailedException($"{message} {exception.Message}", exception);
    }

    private static void LogWaiting(IValueProvider provider, ILogger logger)
    {
        if (provider is ConnectionStringReference reference)
        {
            logger.LogInformation("Waiting for value for connection string from resource '{ResourceName}'", reference.Resource.Name);
        }
        else if (provider is IResource resource)
        {
            logger.LogInformation("Waiting for value from resource '{ResourceName}'", resource.Name);
        }
    }
}
