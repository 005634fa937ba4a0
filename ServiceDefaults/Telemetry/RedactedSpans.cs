using System.Diagnostics;
using System.Runtime.CompilerServices;
using OpenTelemetry;
using Slipway.ServiceDefaults.Logs;
using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>Takes secrets and query strings out of spans before they are exported; exporters come after it.</summary>
internal sealed class RedactedSpans(Redactor redactor) : BaseProcessor<Activity>
{
    private const string Query = "url.query";

    public override void OnEnd(Activity data)
    {
        List<(string Key, string Text)>? changed = null;
        foreach (ref readonly var tag in data.EnumerateTagObjects())
        {
            if (Redacted(tag.Key, tag.Value) is { } text)
                (changed ??= []).Add((tag.Key, text));
        }

        foreach (var (key, text) in changed ?? [])
            data.SetTag(key, text);
        if (data.StatusDescription is { } description)
            data.SetStatus(data.Status, Redact(description));
        data.DisplayName = Redact(data.DisplayName);
        foreach (ref readonly var occurrence in data.EnumerateEvents())
        {
            var tags = occurrence.Tags;
            // An activity has no way to take an event back. Its list holds the events themselves, and the span has ended: nobody else writes.
            if (tags.Any(tag => Redacted(tag.Key, tag.Value) is not null))
                Unsafe.AsRef(in occurrence) = new ActivityEvent(occurrence.Name, occurrence.Timestamp, new ActivityTagsCollection(tags.Select(tag => KeyValuePair.Create(tag.Key, (object?)Redacted(tag.Key, tag.Value) ?? tag.Value))));
        }
    }

    /// <summary>Null: it may stay.</summary>
    private string? Redacted(string key, object? value)
    {
        if (value is not string { Length: > 0 } text)
            return null;
        if (key == Query || SecretNames.IsSecret(key))
            return ConnectionSecrets.Mask;
        var redacted = Redact(text);
        return ReferenceEquals(redacted, text) ? null : redacted;
    }

    private string Redact(string text) => redactor.Redact(RedactingFormatter.Cut(text));
}
