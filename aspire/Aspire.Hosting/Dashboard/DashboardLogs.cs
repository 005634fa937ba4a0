using System.Collections.Concurrent;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>Brings what the dashboard logs into the AppHost's own log, at its level, under <c>Aspire.Hosting.Dashboard</c>.</summary>
internal sealed class DashboardLogs(ResourceNotificationService notifications, ResourceLoggerService loggers, ILoggerFactory factory)
{
    private const string Category = "Aspire.Hosting.Dashboard";
    private const string OwnPrefix = "Aspire.Dashboard.";

    /// <summary>Parts of its pages; they log as an error that their browser has gone.</summary>
    private const string PagesPrefix = "Aspire.Dashboard.Components.";
    private static readonly string[] s_cancellations = ["System.OperationCanceledException:", "System.Threading.Tasks.TaskCanceledException:"];

    private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);
    private readonly ILogger _fallback = factory.CreateLogger(Category);

    /// <summary>Runs until cancelled, which the AppHost's stop does: a dashboard that loses its AppHost complains loudly.</summary>
    public async Task RelayAsync(IResource dashboard, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(cancellationToken))
            {
                if (ReferenceEquals(change.Resource, dashboard))
                {
                    await RelayAsync(change.ResourceId, cancellationToken);
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            _fallback.LogError(exception, "Error reading dashboard logs.");
        }
    }

    /// <summary>One line, with or without the time stamp that the orchestrator puts in front of it.</summary>
    /// <remarks>{"EventId":14,"LogLevel":"Information","Category":"Microsoft.Hosting.Lifetime","Message":"Now listening …","Exception":"…","State":{…}}</remarks>
    internal void Relay(LogLine line)
    {
        var content = WithoutTimeStamp(line.Content);
        if (!TryParse(content, out var level, out var eventId, out var category, out var message))
        {
            _fallback.Log(line.IsErrorMessage ? LogLevel.Error : LogLevel.Information, "{Line}", content);
            return;
        }

        var name = category.StartsWith(OwnPrefix, StringComparison.Ordinal) ? category[OwnPrefix.Length..] : category;
        _loggers.GetOrAdd($"{Category}.{name}", factory.CreateLogger).Log(level, eventId, message, null, static (text, _) => text);
    }

    private static string WithoutTimeStamp(string content) =>
        content.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space && DateTimeOffset.TryParse(content.AsSpan(0, space), out _)
            ? content[(space + 1)..]
            : content;

    private static bool TryParse(string content, out LogLevel level, out EventId eventId, out string category, out string message)
    {
        (level, eventId, category, message) = (LogLevel.None, default, string.Empty, string.Empty);
        if (!content.StartsWith('{'))
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(content);
            var entry = document.RootElement;
            if (!entry.TryGetProperty("Category", out var categoryValue) || !entry.TryGetProperty("Message", out var messageValue)
                || !Enum.TryParse(entry.GetProperty("LogLevel").GetString(), out level))
            {
                return false;
            }

            eventId = entry.TryGetProperty("EventId", out var id) && id.TryGetInt32(out var number) ? number : 0;
            category = categoryValue.GetString() ?? string.Empty;
            message = messageValue.GetString() ?? string.Empty;
            if (entry.TryGetProperty("Exception", out var exception) && exception.GetString() is { Length: > 0 } text)
            {
                message += Environment.NewLine + text;
                level = IsClosedPage(category, text) ? LogLevel.Debug : level;
            }

            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return false;
        }
    }

    private static bool IsClosedPage(string category, string exception) =>
        category.StartsWith(PagesPrefix, StringComparison.Ordinal) && s_cancellations.Any(c => exception.StartsWith(c, StringComparison.Ordinal));

    private async Task RelayAsync(string instance, CancellationToken cancellationToken)
    {
        await foreach (var batch in loggers.WatchAsync(instance, cancellationToken))
        {
            foreach (var line in batch)
            {
                Relay(line);
            }
        }
    }
}
