using System.Runtime.CompilerServices;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Adds a command that the dashboard and the command line offer, or replaces the one of that name.</summary>
    /// <param name="executeCommand">Runs inside the AppHost.</param>
    [OverloadResolutionPriority(1)]
    public static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder,
        string name,
        string displayName,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
        CommandOptions? commandOptions = null)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(displayName);
        ArgumentNullException.ThrowIfNull(executeCommand);
        var options = commandOptions ?? CommandOptions.Default;
        foreach (var old in builder.Resource.Annotations.OfType<ResourceCommandAnnotation>().Where(c => c.Name == name).ToArray())
        {
            builder.Resource.Annotations.Remove(old);
        }

        return builder.WithAnnotation(new ResourceCommandAnnotation(
            name,
            displayName,
            options.UpdateState ?? (_ => ResourceCommandState.Enabled),
            executeCommand,
            options.Description,
            options.Parameter,
            options.ConfirmationMessage,
            options.IconName,
            options.IconVariant,
            options.IsHighlighted)
        {
            Arguments = options.Arguments,
            ValidateArguments = options.ValidateArguments,
        });
    }

    [Obsolete("Use the overload that takes CommandOptions.")]
    public static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder,
        string name,
        string displayName,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
        Func<UpdateCommandStateContext, ResourceCommandState>? updateState = null,
        string? displayDescription = null,
        object? parameter = null,
        string? confirmationMessage = null,
        string? iconName = null,
        IconVariant? iconVariant = null,
        bool isHighlighted = false)
        where T : IResource =>
        builder.WithCommand(name, displayName, executeCommand, new CommandOptions
        {
            UpdateState = updateState,
            Description = displayDescription,
            Parameter = parameter,
            ConfirmationMessage = confirmationMessage,
            IconName = iconName,
            IconVariant = iconVariant,
            IsHighlighted = isHighlighted,
        });
}
