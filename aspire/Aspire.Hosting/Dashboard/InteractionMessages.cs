using System.Globalization;
using Aspire.Hosting.Interactions;
using Google.Protobuf.WellKnownTypes;

namespace Aspire.Hosting.Dashboard;

/// <summary>Questions and answers as the dashboard's messages carry them.</summary>
internal static class InteractionMessages
{
    /// <summary>The question as it stands now, or its end.</summary>
    public static Protos.WatchInteractionsResponseUpdate From(Interaction interaction)
    {
        var options = interaction.Options;
        var message = new Protos.WatchInteractionsResponseUpdate
        {
            InteractionId = interaction.Id,
            Title = interaction.Title,
            Message = interaction.Message ?? string.Empty,
            PrimaryButtonText = options.PrimaryButtonText ?? string.Empty,
            SecondaryButtonText = options.SecondaryButtonText ?? string.Empty,
            ShowSecondaryButton = options.ShowSecondaryButton ?? true,
            ShowDismiss = options.ShowDismiss ?? true,
            EnableMessageMarkdown = options.EnableMessageMarkdown ?? false,
        };
        switch (interaction.Content)
        {
            case var _ when interaction.IsOver:
                message.Complete = new Protos.InteractionComplete();
                break;
            case InteractionContent.MessageBox box:
                message.MessageBox = new Protos.InteractionMessageBox { Intent = (Protos.MessageIntent)box.Intent };
                break;
            case InteractionContent.Notification bar:
                message.Notification = new Protos.InteractionNotification
                {
                    Intent = (Protos.MessageIntent)bar.Intent,
                    LinkText = bar.LinkText ?? string.Empty,
                    LinkUrl = bar.LinkUrl ?? string.Empty,
                };
                break;
            case InteractionContent.Dialog dialog:
                message.InputsDialog = new Protos.InteractionInputsDialog { InputItems = { Inputs(dialog.Inputs) } };
                break;
        }

        return message;
    }

    public static IEnumerable<Protos.InteractionInput> Inputs(IReadOnlyList<InteractionInput> inputs)
    {
        var decisive = inputs.SelectMany(i => i.DynamicLoading?.DependsOnInputs ?? []).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return inputs.Select(i => Input(i, decisive.Contains(i.Name)));
    }

    public static InteractionAnswer Answer(Protos.WatchInteractionsRequestUpdate request) => request.KindCase switch
    {
        Protos.WatchInteractionsRequestUpdate.KindOneofCase.MessageBox =>
            new InteractionAnswer.Button(request.MessageBox.HasResult ? request.MessageBox.Result : null),
        Protos.WatchInteractionsRequestUpdate.KindOneofCase.Notification =>
            new InteractionAnswer.Button(request.Notification.HasResult ? request.Notification.Result : null),
        Protos.WatchInteractionsRequestUpdate.KindOneofCase.InputsDialog =>
            new InteractionAnswer.Values(Entered(request.InputsDialog), request.ResponseUpdate),
        _ => new InteractionAnswer.Dismissed(),
    };

    /// <summary>Values of a command's arguments as text; null: the dashboard gives none.</summary>
    /// <exception cref="ArgumentException">One is a list or an object.</exception>
    public static IReadOnlyDictionary<string, string?>? Arguments(IEnumerable<KeyValuePair<string, Value>> arguments)
    {
        var values = arguments.ToDictionary(a => a.Key, a => Text(a.Key, a.Value), StringComparer.OrdinalIgnoreCase);
        return values.Count == 0 ? null : values;
    }

    private static string? Text(string name, Value value) => value.KindCase switch
    {
        Value.KindOneofCase.StringValue => value.StringValue,
        Value.KindOneofCase.NumberValue => value.NumberValue.ToString("R", CultureInfo.InvariantCulture),
        Value.KindOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        Value.KindOneofCase.NullValue => null,
        _ => throw new ArgumentException($"Argument '{name}' must be a text, a number, true, false or null."),
    };

    private static Dictionary<string, string> Entered(Protos.InteractionInputsDialog dialog)
    {
        var entered = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var input in dialog.InputItems)
        {
            entered[input.Name] = input.Value;
        }

        return entered;
    }

    private static Protos.InteractionInput Input(InteractionInput input, bool isDecisive)
    {
        var message = new Protos.InteractionInput
        {
            Name = input.Name,
            Label = input.EffectiveLabel,
            Placeholder = input.Placeholder ?? string.Empty,
            InputType = input.InputType switch
            {
                InputType.SecretText => Protos.InputType.SecretText,
                InputType.Choice => Protos.InputType.Choice,
                InputType.Boolean => Protos.InputType.Boolean,
                InputType.Number => Protos.InputType.Number,
                _ => Protos.InputType.Text,
            },
            Required = input.Required,
            Value = input.Value ?? string.Empty,
            Description = input.Description ?? string.Empty,
            EnableDescriptionMarkdown = input.EnableDescriptionMarkdown,
            MaxLength = input.MaxLength ?? 0,
            AllowCustomChoice = input.AllowCustomChoice,
            Loading = input.IsLoading,
            UpdateStateOnChange = isDecisive,
            Disabled = input.Disabled,
        };
        foreach (var (value, text) in input.Options ?? [])
        {
            message.Options[value] = text;
        }

        message.ValidationErrors.Add(input.Errors);
        return message;
    }
}
