using OpenTelemetry;
using OpenTelemetry.Logs;
using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Logs;

/// <summary>Takes secrets out of log records before they are exported; exporters come after it.</summary>
internal sealed class RedactedRecords(Redactor redactor) : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data)
    {
        if (data.FormattedMessage is { } message)
            data.FormattedMessage = Redact(Redactor.Without(message, data.Attributes));
        if (data.Body is { } body)
            data.Body = Redact(Redactor.Without(body, data.Attributes));
        var attributes = data.Attributes;
        if (attributes is not null && attributes.Any(IsTelling))
            attributes = [.. attributes.Select(Redact)];
        if (data.Exception is { } exception && exception.ToString() is var text && Redact(text) is var redacted && !ReferenceEquals(text, redacted))
        {
            // The record's own exception is written as it is: these are the attributes that it would become.
            data.Exception = null;
            attributes =
            [
                .. attributes ?? [], new("exception.type", exception.GetType().Name), new("exception.message", Redact(exception.Message)), new("exception.stacktrace", redacted),
            ];
        }

        data.Attributes = attributes;
    }

    private bool IsTelling(KeyValuePair<string, object?> attribute) =>
        Text(attribute.Value) is { } text && (IsSecret(attribute.Key) || !ReferenceEquals(text, Redact(text)));

    private static bool IsSecret(string name) => SecretNames.IsSecret(name) && !name.Equals("key", StringComparison.OrdinalIgnoreCase);

    private KeyValuePair<string, object?> Redact(KeyValuePair<string, object?> attribute) =>
        !IsTelling(attribute) ? attribute
        : new(attribute.Key, IsSecret(attribute.Key) ? ConnectionSecrets.Mask : Redact(Text(attribute.Value)!));

    /// <summary>Null for what has no text of its own making: numbers, times, identifiers.</summary>
    private static string? Text(object? value) => value switch
    {
        null or IConvertible and not string or Guid or TimeSpan or DateTimeOffset => null,
        string text => text,
        _ => value.ToString(),
    };

    private string Redact(string text) => redactor.Redact(RedactingFormatter.Cut(text));
}
