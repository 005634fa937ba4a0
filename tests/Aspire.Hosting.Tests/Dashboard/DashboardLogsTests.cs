using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Tests.Dashboard;

public class DashboardLogsTests
{
    [Theory]
    [InlineData(
        """2026-01-01T00:00:00.000Z {"EventId":7,"LogLevel":"Warning","Category":"Aspire.Dashboard.Model.X","Message":"careful"}""",
        "Aspire.Hosting.Dashboard.Model.X|Warning|7|careful")]
    [InlineData(
        """{"EventId":0,"LogLevel":"Error","Category":"Microsoft.Hosting","Message":"m","Exception":"e"}""",
        "Aspire.Hosting.Dashboard.Microsoft.Hosting|Error|0|m\ne")]
    [InlineData(
        """{"LogLevel":"Error","Category":"Aspire.Dashboard.Components.Interactions.X","Message":"m","Exception":"System.OperationCanceledException: gone"}""",
        "Aspire.Hosting.Dashboard.Components.Interactions.X|Debug|0|m\nSystem.OperationCanceledException: gone")]
    [InlineData(
        """{"LogLevel":"Error","Category":"Aspire.Dashboard.Components.X","Message":"m","Exception":"System.InvalidOperationException: real"}""",
        "Aspire.Hosting.Dashboard.Components.X|Error|0|m\nSystem.InvalidOperationException: real")]
    [InlineData("""{"LogLevel":"Nonsense","Category":"c","Message":"m"}""", """Aspire.Hosting.Dashboard|Information|0|{"LogLevel":"Nonsense","Category":"c","Message":"m"}""")]
    [InlineData("""{"half":""", """Aspire.Hosting.Dashboard|Information|0|{"half":""")]
    [InlineData("2026-01-01T00:00:00.000Z plain text", "Aspire.Hosting.Dashboard|Information|0|plain text")]
    public async Task Line_IsLoggedAtItsLevelUnderTheOfficialCategory(string line, string expected)
    {
        await using var feed = new ApplicationFeed();
        using var log = new RecordedLog();
        using var factory = LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Trace).AddProvider(log));

        new DashboardLogs(feed.Notifications, feed.Loggers, factory).Relay(new LogLine(1, line, IsErrorMessage: false));

        Assert.Equal(expected, Assert.Single(log.Entries).ReplaceLineEndings("\n"));
    }
}

/// <summary>Log lines as category|level|event|message.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly List<string> _entries = [];
    private readonly List<(string Part, int Times, TaskCompletionSource Found)> _waits = [];

    public List<string> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries];
            }
        }
    }

    public Task WaitForAsync(string part, CancellationToken cancellationToken) => WaitForAsync(part, 1, cancellationToken);

    public Task WaitForAsync(string part, int times, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((part, times, found));
            Tell();
            return found.Task.WaitAsync(cancellationToken);
        }
    }

    public ILogger CreateLogger(string categoryName) => new Recorder(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(string entry)
    {
        lock (_lock)
        {
            _entries.Add(entry);
            Tell();
        }
    }

    private void Tell()
    {
        foreach (var (part, times, found) in _waits)
        {
            if (_entries.Count(e => e.Contains(part, StringComparison.Ordinal)) >= times)
            {
                found.TrySetResult();
            }
        }
    }

    private sealed class Recorder(RecordedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add($"{category}|{logLevel}|{eventId.Id}|{formatter(state, exception)}");
    }
}
