using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Logs;

/// <summary>Looks at each line of the console as it is about to be written, whatever of it came from message, state, scopes or exception.</summary>
/// <remarks>
/// A line that is too long is written again without its state and with its text cut. Characters that move the cursor or begin a line are shown instead of sent, so
/// that no client can write lines of its own; JSON escapes them by itself.
/// </remarks>
internal sealed class RedactingFormatter(ConsoleFormatter inner, Redactor redactor) : ConsoleFormatter(inner.Name)
{
    /// <summary>In characters.</summary>
    public const int MaxLine = 64 * 1024;

    private const int MaxText = 16 * 1024;

    /// <summary>All that moves a cursor, but for the line feed, which formatters indent.</summary>
    private static readonly SearchValues<char> s_moving = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7f, 0x21)).Select(static code => (char)code).Where(static character => character is not ('\n' or '\t')), '\u2028', '\u2029']);

    private readonly bool _isJson = inner.Name == ConsoleFormatterNames.Json;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        using var line = new StringWriter(CultureInfo.InvariantCulture);
        if (_isJson)
            inner.Write(logEntry, scopeProvider, line);
        else
            Tame(logEntry, scopeProvider, line);
        if (line.GetStringBuilder().Length > MaxLine)
        {
            line.GetStringBuilder().Clear();
            var text = Cut(logEntry.Formatter(logEntry.State, logEntry.Exception)) + (logEntry.Exception is { } exception ? "\n" + Cut(exception.ToString()) : "");
            inner.Write(
                new LogEntry<string>(logEntry.LogLevel, logEntry.Category, logEntry.EventId, Shown(text), null, static (text, _) => text), scopeProvider: null, line);
        }

        textWriter.Write(redactor.Redact(Redactor.Without(line.ToString(), logEntry.State)));
    }

    /// <summary>Where it ended is said.</summary>
    internal static string Cut(string text) => text.Length <= MaxText ? text : $"{text.AsSpan(0, MaxText)}… ({text.Length} characters)";

    private void Tame<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, StringWriter line)
    {
        var original = entry.Formatter;
        var exception = entry.Exception is { } given && given.ToString().AsSpan().ContainsAny(s_moving) ? new ShownException(Shown(given.ToString())) : entry.Exception;
        inner.Write(
            new LogEntry<TState>(entry.LogLevel, entry.Category, entry.EventId, entry.State, exception, (state, error) => Shown(original(state, error))), scopes, line);
    }

    private static string Shown(string text)
    {
        if (!text.AsSpan().ContainsAny(s_moving))
            return text;
        var shown = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            if (s_moving.Contains(character))
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else
                shown.Append(character);
        }

        return shown.ToString();
    }

    /// <summary>Stands for one whose text must not be written as it is.</summary>
    private sealed class ShownException(string text) : Exception(text)
    {
        public override string ToString() => Message;
    }
}
