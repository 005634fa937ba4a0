using Aspire.Hosting.Interactions;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a caller gives for the arguments of a command.</summary>
internal sealed record CommandCall
{
    /// <summary>By name, as the dashboard and programs give them; null: nothing was given.</summary>
    public IReadOnlyDictionary<string, string?>? ByName { get; init; }

    /// <summary>In the order of the command's arguments, as a command line may give them; null: nothing was given.</summary>
    public IReadOnlyList<string?>? ByPosition { get; init; }

    /// <summary>Whether the caller has a person at a dashboard, who can be asked for what was not given, by the command as well.</summary>
    public bool MayAsk { get; init; }

    /// <summary>As the AppHost's own code gives them: what the command doesn't know is left out, and a command that names no arguments gets them all.</summary>
    public InteractionInputCollection? Inputs { get; init; }

    public bool GivesNothing => ByName is null && ByPosition is null && Inputs is null;
}

/// <summary>Brings what a caller gives together with what a command wants.</summary>
internal static class CommandArguments
{
    private const string Invalid = "Command argument validation failed.";

    /// <returns>Either arguments that the command accepts, or the result that says why it can't run.</returns>
    public static async Task<(InteractionInputCollection Arguments, ExecuteCommandResult? Refusal)> PrepareAsync(
        ResourceCommandAnnotation command,
        CommandCall call,
        IServiceProvider services,
        CancellationToken cancellationToken)
    {
        var none = new InteractionInputCollection([]);
        if (Mismatch(command, call) is { } mismatch)
        {
            return (none, CommandResults.Failure(mismatch));
        }

        var arguments = new InteractionInputCollection([.. command.Arguments.Select((a, i) => a.With(Given(call, a, i)))]);
        if (arguments.Count == 0)
        {
            return (call.Inputs ?? none, null);
        }

        if (call is { MayAsk: true, GivesNothing: true })
        {
            return await AskAsync(command, arguments, services, cancellationToken);
        }

        await LoadAsync(arguments, services, cancellationToken);
        return await InputChecks.PassAsync(arguments, command.ValidateArguments, services, cancellationToken)
            ? (arguments, null)
            : (none, new ExecuteCommandResult { Success = false, Message = Explain(arguments), InvalidArguments = arguments });
    }

    private static string? Given(CommandCall call, InteractionInput argument, int position) =>
        call.ByName?.TryGetValue(argument.Name, out var named) == true ? named
        : call.Inputs?.TryGetByName(argument.Name, out var input) == true ? input.Value
        : call.ByPosition is { } values && position < values.Count ? values[position]
        : argument.Value;

    private static string? Mismatch(ResourceCommandAnnotation command, CommandCall call)
    {
        if (call.ByPosition is { } values && values.Count > command.Arguments.Count)
        {
            return $"Command '{command.Name}' accepts {command.Arguments.Count} argument(s), but {values.Count} were provided.";
        }

        var given = call.ByName?.Keys ?? command.Arguments.Take(call.ByPosition?.Count ?? 0).Select(a => a.Name);
        var known = command.Arguments.ToDictionary(a => a.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var name in given)
        {
            if (!known.TryGetValue(name, out var argument))
            {
                return $"Unknown argument '{name}' for command '{command.Name}'.";
            }

            // One that is filled dynamically may be enabled by the others.
            if (argument is { Disabled: true, DynamicLoading: null } && Given(call, argument, command.Arguments.IndexOf(argument)) is { Length: > 0 } value && IsSet(argument, value))
            {
                return $"Argument '{name}' for command '{command.Name}' is disabled.";
            }
        }

        return null;
    }

    /// <summary>A dashboard sends a box that can't be ticked as well: unticked.</summary>
    private static bool IsSet(InteractionInput argument, string value) =>
        argument.InputType != InputType.Boolean || !bool.TryParse(value, out var isTrue) || isTrue;

    private static int IndexOf(this IReadOnlyList<InteractionInput> arguments, InteractionInput argument) =>
        arguments.Index().First(a => ReferenceEquals(a.Item, argument)).Index;

    private static async Task<(InteractionInputCollection Arguments, ExecuteCommandResult? Refusal)> AskAsync(
        ResourceCommandAnnotation command,
        InteractionInputCollection arguments,
        IServiceProvider services,
        CancellationToken cancellationToken)
    {
        if (services.GetService<IInteractionService>() is not { IsAvailable: true } interactions)
        {
            return (arguments, CommandResults.Failure("Command requires input, but interactive prompting is not available."));
        }

        var options = new InputsDialogInteractionOptions
        {
            PrimaryButtonText = command.DisplayName,
            ShowDismiss = true,
            ShowSecondaryButton = true,
            ValidationCallback = command.ValidateArguments,
        };
        var answer = await interactions.PromptInputsAsync(command.DisplayName, command.DisplayDescription, arguments.ToArray(), options, cancellationToken);
        return (arguments, answer.Canceled ? CommandResults.Canceled() : null);
    }

    /// <summary>Lets the arguments that are filled dynamically see the others, as the dialog would.</summary>
    private static async Task LoadAsync(InteractionInputCollection arguments, IServiceProvider services, CancellationToken cancellationToken)
    {
        foreach (var argument in arguments)
        {
            if (argument.DynamicLoading is { } loading
                && (loading.AlwaysLoadOnStart || loading.DependsOnInputs?.All(d => arguments.TryGetByName(d, out var other) && other.Value is { Length: > 0 }) != false))
            {
                await loading.LoadCallback(new LoadInputContext { Input = argument, AllInputs = arguments, Services = services, CancellationToken = cancellationToken });
            }
        }
    }

    private static string Explain(InteractionInputCollection arguments) =>
        string.Join(' ', [Invalid, .. arguments.SelectMany(a => a.Errors.Select(e => $"{a.Name}: {e}"))]);
}
