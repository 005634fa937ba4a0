using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Parameters;

/// <summary>The commands with which a person gives a parameter its value, or takes it away.</summary>
internal static class ParameterCommands
{
    public const string ValueArgument = "Value";
    public const string SaveArgument = "SaveToUserSecrets";
    public const string DeleteArgument = "DeleteFromUserSecrets";

    private const string SaveDescription = "Save value to [user secrets](https://aka.ms/aspire/user-secrets) for future use.";
    private const string NoSecretsDescription = "Requires user secrets to be configured for the AppHost. Run `aspire secret set <key> <value>` to initialize user secrets, or see [user secrets](https://aka.ms/aspire/user-secrets) for more information.";
    private const string DeleteDescription = "Delete a value that is saved in [user secrets](https://aka.ms/aspire/user-secrets).";

    public static void AddTo(ParameterResource parameter, ParameterProcessor processor, UserSecretsStore secrets)
    {
        if (parameter.Annotations.OfType<ResourceCommandAnnotation>().Any(c => c.Name == KnownResourceCommands.SetParameterCommand))
        {
            return;
        }

        parameter.Annotations.Add(SetCommand(parameter, processor, secrets));
        parameter.Annotations.Add(DeleteCommand(parameter, processor, secrets));
    }

    private static ResourceCommandAnnotation SetCommand(ParameterResource parameter, ParameterProcessor processor, UserSecretsStore secrets) => new(
        KnownResourceCommands.SetParameterCommand,
        "Set parameter",
        _ => ResourceCommandState.Enabled,
        async context =>
        {
            if (context.Arguments.GetValueOrDefault(ValueArgument) is not { Length: > 0 } value)
            {
                return CommandResults.Failure($"A value for parameter '{parameter.Name}' is required.");
            }

            await processor.SetAsync(parameter, value, keep: IsTrue(context, SaveArgument));
            return CommandResults.Success($"Parameter '{parameter.Name}' was set.");
        },
        "Set parameter value",
        parameter: null,
        confirmationMessage: null,
        "Key",
        IconVariant.Regular,
        isHighlighted: true)
    {
        Arguments =
        [
            new CommandArgument(ValueArgument, parameter.Secret ? CommandArgumentType.SecretText : CommandArgumentType.Text, parameter.Name)
            {
                Placeholder = $"Enter value for {parameter.Name}",
                IsRequired = true,
                Description = parameter.Description,
                EnableDescriptionMarkdown = parameter.EnableDescriptionMarkdown,
            },
            new CommandArgument(SaveArgument, CommandArgumentType.Boolean, "Save to user secrets")
            {
                Description = secrets.IsAvailable ? SaveDescription : NoSecretsDescription,
                EnableDescriptionMarkdown = true,
                IsDisabled = !secrets.IsAvailable,
            },
        ],
    };

    private static ResourceCommandAnnotation DeleteCommand(ParameterResource parameter, ParameterProcessor processor, UserSecretsStore secrets) => new(
        KnownResourceCommands.DeleteParameterCommand,
        "Delete parameter",
        context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Hidden,
        async context =>
        {
            await processor.DeleteAsync(parameter, forget: IsTrue(context, DeleteArgument));
            return CommandResults.Success($"Parameter '{parameter.Name}' was deleted.");
        },
        "Delete parameter value",
        parameter: null,
        confirmationMessage: null,
        "Delete",
        IconVariant.Regular,
        isHighlighted: true)
    {
        Arguments =
        [
            new CommandArgument(DeleteArgument, CommandArgumentType.Boolean, "Delete from user secrets")
            {
                Description = DeleteDescription,
                EnableDescriptionMarkdown = true,
                IsDisabled = !secrets.IsAvailable,
            },
        ],
    };

    private static bool IsTrue(ExecuteCommandContext context, string argument) =>
        bool.TryParse(context.Arguments.GetValueOrDefault(argument), out var value) && value;
}
