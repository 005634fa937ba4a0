using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>One line of a resource's console.</summary>
/// <param name="LineNumber">1 for the first line of the instance.</param>
/// <param name="Content">With an RFC 3339 time stamp and a space in front, where the time is known.</param>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);

/// <summary>Console output of each instance, and loggers that write into it.</summary>
public class ResourceLoggerService : IDisposable
{
    /// <summary>Lines kept per instance; older ones are dropped.</summary>
    internal const int MaxBacklogLines = 10_000;

    private readonly ConcurrentDictionary<string, InstanceLog> _logs = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider _clock;

    public ResourceLoggerService()
        : this(TimeProvider.System)
    {
    }

    internal ResourceLoggerService(TimeProvider clock) => _clock = clock;

    /// <summary>Raised when the first watcher of an instance comes or the last one leaves; the orchestrator then opens or closes its streams.</summary>
    internal event Action<string, bool>? SubscribersChanged;

    /// <summary>Output that the orchestrator has of an instance that nobody watches; null for one whose lines come here anyway.</summary>
    internal Func<string, IAsyncEnumerable<(string Content, bool IsError)>?>? StoredLines { get; set; }

    /// <summary>A logger whose lines appear on the console of every instance of the resource.</summary>
    public ILogger GetLogger(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new ResourceLogger(this, () => ResourceNotificationService.InstanceNames(resource));
    }

    /// <param name="resourceName">Name of the instance.</param>
    public ILogger GetLogger(string resourceName)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        return new ResourceLogger(this, () => [resourceName]);
    }

    /// <summary>Batches of lines: those kept, then new ones until the log is completed.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource) =>
        WatchAsync(ResourceNotificationService.InstanceNames(resource)[0]);

    /// <inheritdoc cref="WatchAsync(IResource)"/>
    /// <param name="resourceName">Name of the instance.</param>
    public async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName)
    {
        await foreach (var batch in WatchAsync(resourceName, CancellationToken.None))
        {
            yield return batch;
        }
    }

    internal async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string instance, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var log = Get(instance);
        var channel = Channel.CreateUnbounded<LogLine>(new UnboundedChannelOptions { SingleReader = true });
        var backlog = log.Subscribe(channel, out var isFirst);
        if (isFirst)
        {
            SubscribersChanged?.Invoke(instance, true);
        }

        try
        {
            if (backlog.Count > 0)
            {
                yield return backlog;
            }

            while (await channel.Reader.WaitToReadAsync(cancellationToken))
            {
                var batch = new List<LogLine>();
                while (channel.Reader.TryRead(out var line))
                {
                    batch.Add(line);
                }

                yield return batch;
            }
        }
        finally
        {
            if (log.Unsubscribe(channel))
            {
                SubscribersChanged?.Invoke(instance, false);
            }
        }
    }

    /// <summary>The lines there are now, without waiting for more.</summary>
    public async IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(IResource resource)
    {
        foreach (var instance in ResourceNotificationService.InstanceNames(resource))
        {
            await foreach (var batch in GetAllAsync(instance))
            {
                yield return batch;
            }
        }
    }

    /// <inheritdoc cref="GetAllAsync(IResource)"/>
    /// <param name="resourceName">Name of the instance.</param>
    public async IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        var lines = Get(resourceName).Lines();
        if (StoredLines?.Invoke(resourceName) is { } stored)
        {
            lines = await MergeAsync(lines, stored);
        }

        yield return lines;
    }

    /// <summary>Ends the streams of those who watch.</summary>
    public void Complete(IResource resource)
    {
        foreach (var instance in ResourceNotificationService.InstanceNames(resource))
        {
            Complete(instance);
        }
    }

    /// <inheritdoc cref="Complete(IResource)"/>
    public void Complete(string name) => Get(name).Complete();

    /// <summary>Forgets the lines kept; used when an instance starts again.</summary>
    public void ClearBacklog(string resourceName) => Get(resourceName).Clear();

    public void Dispose()
    {
        foreach (var log in _logs.Values)
        {
            log.Complete();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Adds a line of the process as it is; <paramref name="content"/> carries its time stamp already.</summary>
    internal void AddLine(string instance, string content, bool isError) => Get(instance).Add(content, isError);

    internal bool HasSubscribers(string instance) => _logs.TryGetValue(instance, out var log) && log.HasSubscribers;

    /// <summary>By time stamp; a line without one stays behind the line before it.</summary>
    private static async Task<List<LogLine>> MergeAsync(List<LogLine> kept, IAsyncEnumerable<(string Content, bool IsError)> stored)
    {
        var lines = kept.Select(l => (l.Content, IsError: l.IsErrorMessage)).ToList();
        await foreach (var line in stored)
        {
            lines.Add(line);
        }

        var last = DateTimeOffset.MinValue;
        return [.. lines
            .Select(l => (Line: l, Time: last = TimeOf(l.Content) ?? last))
            .ToList()
            .OrderBy(l => l.Time)
            .Select((l, i) => new LogLine(i + 1, l.Line.Content, l.Line.IsError))];
    }

    private static DateTimeOffset? TimeOf(string content) =>
        content.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space
        && DateTimeOffset.TryParse(content.AsSpan(0, space), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    private InstanceLog Get(string instance) => _logs.GetOrAdd(instance, static _ => new InstanceLog());

    private sealed class ResourceLogger(ResourceLoggerService owner, Func<IReadOnlyList<string>> instances) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var stamp = owner._clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffK", CultureInfo.InvariantCulture);
            var text = formatter(state, exception) + (exception is null ? string.Empty : Environment.NewLine + exception);
            foreach (var instance in instances())
            {
                owner.AddLine(instance, $"{stamp} {text}", logLevel >= LogLevel.Error);
            }
        }
    }

    private sealed class InstanceLog
    {
        private readonly Lock _lock = new();
        private readonly Queue<LogLine> _lines = new();
        private readonly List<Channel<LogLine>> _watchers = [];
        private int _lineNumber;

        public bool HasSubscribers
        {
            get
            {
                lock (_lock)
                {
                    return _watchers.Count > 0;
                }
            }
        }

        public void Add(string content, bool isError)
        {
            lock (_lock)
            {
                var line = new LogLine(++_lineNumber, content, isError);
                _lines.Enqueue(line);
                if (_lines.Count > MaxBacklogLines)
                {
                    _lines.Dequeue();
                }

                _watchers.ForEach(w => w.Writer.TryWrite(line));
            }
        }

        public List<LogLine> Lines()
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }

        public List<LogLine> Subscribe(Channel<LogLine> channel, out bool isFirst)
        {
            lock (_lock)
            {
                isFirst = _watchers.Count == 0;
                _watchers.Add(channel);
                return [.. _lines];
            }
        }

        /// <returns>True when nobody watches any more.</returns>
        public bool Unsubscribe(Channel<LogLine> channel)
        {
            lock (_lock)
            {
                _watchers.Remove(channel);
                return _watchers.Count == 0;
            }
        }

        public void Complete()
        {
            lock (_lock)
            {
                _watchers.ForEach(w => w.Writer.TryComplete());
            }
        }

        public void Clear()
        {
            lock (_lock)
            {
                _lines.Clear();
                _lineNumber = 0;
            }
        }
    }
}
