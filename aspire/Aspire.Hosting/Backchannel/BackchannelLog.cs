using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.Backchannel;

/// <summary>One line of the AppHost's own log as the command line shows it; the names are its protocol.</summary>
internal sealed record BackchannelLogEntry(EventId EventId, LogLevel LogLevel, string Message, DateTimeOffset Timestamp, string CategoryName);

/// <summary>Keeps the AppHost's latest log lines for the command line that started it; off without one.</summary>
[ProviderAlias("Backchannel")]
internal sealed class BackchannelLog(IConfiguration configuration, TimeProvider clock) : ILoggerProvider
{
    /// <summary>Lines kept for a client that connects late; older ones are dropped. Also the most that a slow client may lag behind.</summary>
    internal const int MaxKept = 1000;

    private readonly bool _enabled = BackchannelLifecycle.MainPath(configuration) is not null;
    private readonly Lock _lock = new();
    private readonly Queue<BackchannelLogEntry> _kept = new();
    private readonly List<Channel<BackchannelLogEntry>> _readers = [];

    public ILogger CreateLogger(string categoryName) => _enabled ? new CategoryLogger(this, categoryName) : NullLogger.Instance;

    /// <summary>The lines kept, then new ones until cancelled.</summary>
    public async IAsyncEnumerable<BackchannelLogEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<BackchannelLogEntry>(new BoundedChannelOptions(MaxKept) { FullMode = BoundedChannelFullMode.DropOldest });
        BackchannelLogEntry[] kept;
        lock (_lock)
        {
            kept = [.. _kept];
            _readers.Add(channel);
        }

        try
        {
            foreach (var entry in kept)
            {
                yield return entry;
            }

            await foreach (var entry in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return entry;
            }
        }
        finally
        {
            lock (_lock)
            {
                _readers.Remove(channel);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _readers.ForEach(r => r.Writer.TryComplete());
        }
    }

    private void Add(BackchannelLogEntry entry)
    {
        lock (_lock)
        {
            _kept.Enqueue(entry);
            if (_kept.Count > MaxKept)
            {
                _kept.Dequeue();
            }

            _readers.ForEach(r => r.Writer.TryWrite(entry));
        }
    }

    private sealed class CategoryLogger(BackchannelLog owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var message = formatter(state, exception) + (exception is null ? string.Empty : Environment.NewLine + exception);
            owner.Add(new BackchannelLogEntry(eventId, logLevel, message, owner.ClockNow, category));
        }
    }

    private DateTimeOffset ClockNow => clock.GetUtcNow();
}
