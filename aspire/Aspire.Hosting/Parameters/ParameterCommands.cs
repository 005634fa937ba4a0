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

    /// <summary>The input that asks for the value, under the parameter's own name or another.</summary>
    public static InteractionInput ValueInput(ParameterResource parameter, string name, bool isRequired) => new()
    {
        Name = name,
        InputType = parameter.Secret ? InputType.SecretText : InputType.Text,
        Label = parameter.Name,
        Placeholder = $"Enter value for {parameter.Name}",
        Required = isRequired,
        Description = parameter.Description,
        EnableDescriptionMarkdown = parameter.EnableDescriptionMarkdown,
    };

    /// <summary>The box that keeps the value for the next run.</summary>
    public static InteractionInput SaveInput(UserSecretsStore secrets) => new()
    {
        Name = SaveArgument,
        InputType = InputType.Boolean,
        Label = "Save to user secrets",
        Description = secrets.IsAvailable ? SaveDescription : NoSecretsDescription,
        EnableDescriptionMarkdown = true,
        Disabled = !secrets.IsAvailable,
    };

    public static bool IsTrue(InteractionInput input) => bool.TryParse(input.Value, out var value) && value;

    private static ResourceCommandAnnotation SetCommand(ParameterResource parameter, ParameterProcessor processor, UserSecretsStore secrets) => new(
        KnownResourceCommands.SetParameterCommand,
        "Set parameter",
        _ => ResourceCommandState.Enabled,
        async context =>
        {
            await processor.SetAsync(parameter, context.Arguments.GetString(ValueArgument)!, keep: IsTrue(context.Arguments[SaveArgument]));
            return CommandResults.Success($"Parameter '{parameter.Name}' was set.");
        },
        "Set parameter value",
        arguments: [ValueInput(parameter, ValueArgument, isRequired: true), SaveInput(secrets)],
        confirmationMessage: null,
        "Key",
        IconVariant.Regular,
        isHighlighted: true);

    private static ResourceCommandAnnotation DeleteCommand(ParameterResource parameter, ParameterProcessor processor, UserSecretsStore secrets) => new(
        KnownResourceCommands.DeleteParameterCommand,
        "Delete parameter",
        context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Hidden,
        async context =>
        {
            await processor.DeleteAsync(parameter, forget: IsTrue(context.Arguments[DeleteArgument]));
            return CommandResults.Success($"Parameter '{parameter.Name}' was deleted.");
        },
        "Delete parameter value",
        arguments:
        [
            new InteractionInput
            {
                Name = DeleteArgument,
                InputType = InputType.Boolean,
                Label = "Delete from user secrets",
                Description = DeleteDescription,
                EnableDescriptionMarkdown = true,
                Disabled = !secrets.IsAvailable,
            },
        ],
        confirmationMessage: null,
        "Delete",
        IconVariant.Regular,
        isHighlighted: true);
}
