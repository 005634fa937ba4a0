using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A command that the dashboard and the command line offer for a resource.</summary>
[DebuggerDisplay("{Name}")]
public sealed class ResourceCommandAnnotation(
    string name,
    string displayName,
    Func<UpdateCommandStateContext, ResourceCommandState> updateState,
    Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
    string? displayDescription,
    object? parameter,
    string? confirmationMessage,
    string? iconName,
    IconVariant? iconVariant,
    bool isHighlighted) : IResourceAnnotation
{
    /// <param name="arguments">Asked before the command runs, in this order.</param>
    /// <param name="validateArguments">Called with arguments that are acceptable each by itself; the command doesn't run while it finds errors.</param>
    public ResourceCommandAnnotation(
        string name,
        string displayName,
        Func<UpdateCommandStateContext, ResourceCommandState> updateState,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
        string? displayDescription,
        IReadOnlyList<InteractionInput>? arguments,
        string? confirmationMessage,
        string? iconName,
        IconVariant? iconVariant,
        bool isHighlighted,
        Func<InputsDialogValidationContext, Task>? validateArguments = null)
        : this(name, displayName, updateState, executeCommand, displayDescription, parameter: null, confirmationMessage, iconName, iconVariant, isHighlighted)
    {
        Arguments = arguments ?? [];
        ValidateArguments = validateArguments;
    }

    public string Name { get; } = name;

    public string DisplayName { get; } = displayName;

    public Func<UpdateCommandStateContext, ResourceCommandState> UpdateState { get; } = updateState;

    public Func<ExecuteCommandContext, Task<ExecuteCommandResult>> ExecuteCommand { get; } = executeCommand;

    public string? DisplayDescription { get; } = displayDescription;

    public object? Parameter { get; } = parameter;

    public string? ConfirmationMessage { get; } = confirmationMessage;

    public string? IconName { get; } = iconName;

    public IconVariant? IconVariant { get; } = iconVariant;

    public bool IsHighlighted { get; } = isHighlighted;

    /// <summary>Asked before the command runs, in this order.</summary>
    public IReadOnlyList<InteractionInput> Arguments { get; internal init; } = [];

    /// <summary>Called with arguments that are acceptable each by itself; null: that is enough.</summary>
    public Func<InputsDialogValidationContext, Task>? ValidateArguments { get; internal init; }
}

public enum ResourceCommandState
{
    Enabled,
    Disabled,
    Hidden,
}

public sealed class UpdateCommandStateContext
{
    public required CustomResourceSnapshot ResourceSnapshot { get; init; }

    public required IServiceProvider ServiceProvider { get; init; }
}

public sealed class ExecuteCommandContext
{
    public required IServiceProvider ServiceProvider { get; init; }

    /// <summary>Name of the instance, as in <see cref="ResourceEvent.ResourceId"/>.</summary>
    public required string ResourceName { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The command's own arguments with what was given for them; null values were not given.</summary>
    public InteractionInputCollection Arguments { get; init; } = new([]);
}

public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }

    public bool Canceled { get; init; }

    public string? Message { get; init; }

    /// <summary>The arguments with their errors, when it was for them that the command did not run; null otherwise.</summary>
    internal InteractionInputCollection? InvalidArguments { get; init; }

    [Obsolete("Use Message.")]
    public string? ErrorMessage
    {
        get => Message;
        init => Message = value;
    }
}

public static class CommandResults
{
    public static ExecuteCommandResult Success() => new() { Success = true };

    public static ExecuteCommandResult Success(string message) => new() { Success = true, Message = message };

    public static ExecuteCommandResult Failure(string? errorMessage = null) => new() { Success = false, Message = errorMessage };

    public static ExecuteCommandResult Failure(Exception exception) => Failure(exception.Message);

    public static ExecuteCommandResult Canceled() => new() { Success = false, Canceled = true };
}

/// <summary>How a command appears.</summary>
public class CommandOptions
{
    internal static CommandOptions Default { get; } = new();

    public string? Description { get; set; }

    public object? Parameter { get; set; }

    /// <summary>Asked before the command runs, in this order; a command line may give them by position.</summary>
    public IReadOnlyList<InteractionInput> Arguments
    {
        get;
        set => field = value ?? [];
    } = [];

    /// <summary>Called with arguments that are acceptable each by itself; the command doesn't run while it finds errors. Null: nothing more to check.</summary>
    public Func<InputsDialogValidationContext, Task>? ValidateArguments { get; set; }

    /// <summary>Asked before the command runs; null: not asked.</summary>
    public string? ConfirmationMessage { get; set; }

    /// <summary>Name of a Fluent UI icon.</summary>
    public string? IconName { get; set; }

    public IconVariant? IconVariant { get; set; }

    public bool IsHighlighted { get; set; }

    /// <summary>Null: always enabled.</summary>
    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}
