using System.Collections.Concurrent;
using System.Diagnostics;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis;

/// <summary>Groups the commands of one client by the activity that they were issued in, and turns finished groups into spans.</summary>
/// <remarks>
/// Bounded: <see cref="MaxGroups"/> groups of <see cref="MaxCommands"/> commands; what goes beyond gets no span. A command that is still pending
/// when its group is closed gets none either. The profiler reuses a closed group's storage, so such a command may turn up in a later group:
/// it is told by its time of creation and left out.
/// </remarks>
internal sealed class RedisCommandRecorder(IConnectionMultiplexer connection) : IProfiler
{
    private const int MaxGroups = 2048;
    private const int MaxCommands = 1000;

    /// <summary>A group of an activity that goes on is closed at this size or age, so that long activities show spans too.</summary>
    private const int RotateCommands = 250;
    private const int RotateSweeps = 25;

    /// <summary>How long commands of a rotated group may still be pending: 5 s.</summary>
    private const int RotatedIdleSweeps = 25;

    /// <summary>A command is created just before its group, never this long before; a foreign one is at least a sweep older.</summary>
    private static readonly TimeSpan s_ownCommandMargin = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<Activity, Group> _open = new();
    private readonly List<Group> _closing = [];
    private readonly Lock _sweeping = new();
    private int _groups;
    private volatile bool _stopped;

    /// <summary>Called by the client for each command, on the thread that issues it. Null: the command isn't recorded.</summary>
    public object? GetContext()
    {
        var parent = Activity.Current;
        if (parent is null || !parent.Recorded || _stopped || !RedisSpans.Wanted)
            return null;

        if (!_open.TryGetValue(parent, out var group))
        {
            if (Volatile.Read(ref _groups) >= MaxGroups)
                return null;
            group = Open(parent);
        }

        return group.TryCount(MaxCommands) ? group : null;
    }

    /// <summary>Closes the groups whose activity has stopped or that are large or old, and emits those that were closed and quiet.</summary>
    public void Sweep()
    {
        lock (_sweeping)
        {
            for (var i = _closing.Count - 1; i >= 0; i--)
            {
                if (!_closing[i].IsQuiet())
                    continue;
                Emit(_closing[i]);
                _closing.RemoveAt(i);
            }

            foreach (var (activity, group) in _open)
            {
                var ended = activity.IsStopped;
                if (!ended && !group.IsDue(RotateCommands, RotateSweeps))
                    continue;
                _open.TryRemove(activity, out _);
                group.Close(quietSweeps: ended ? 1 : RotatedIdleSweeps);
                _closing.Add(group);
            }
        }
    }

    /// <summary>Emits all that is finished and records no more.</summary>
    public void Stop()
    {
        _stopped = true;
        lock (_sweeping)
        {
            foreach (var group in _closing.Concat(_open.Values))
                Emit(group);
            _closing.Clear();
            _open.Clear();
        }
    }

    /// <summary>Records no more and emits nothing of what is still open.</summary>
    public void Abandon() => _stopped = true;

    private Group Open(Activity parent)
    {
        var group = new Group(parent.Context);
        // Profiling begins before anybody else can see the group: a command in a context that hasn't begun isn't profiled.
        connection.BeginProfiling(group);
        group.Begin();
        Interlocked.Increment(ref _groups);
        var winner = _open.GetOrAdd(parent, group);
        if (!ReferenceEquals(winner, group))
            Discard(group);
        return winner;
    }

    private void Discard(Group group)
    {
        Interlocked.Decrement(ref _groups);
        connection.FinishProfiling(group, allowCleanupSweep: false);
    }

    private void Emit(Group group)
    {
        Interlocked.Decrement(ref _groups);
        foreach (var command in connection.FinishProfiling(group, allowCleanupSweep: false))
        {
            if (command.CommandCreated >= group.Began - s_ownCommandMargin)
                RedisSpans.Emit(command, group.Parent);
        }
    }

    /// <summary>The commands of one activity in one stretch of time; identity is the object itself, as the profiler requires.</summary>
    private sealed class Group(ActivityContext parent)
    {
        private int _commands;
        private int _seenCommands;
        private int _sweeps;
        private int _quietSweeps;

        public ActivityContext Parent => parent;

        public DateTime Began { get; private set; }

        public void Begin() => Began = TimeProvider.System.GetUtcNow().UtcDateTime;

        public bool TryCount(int limit) => Interlocked.Increment(ref _commands) <= limit;

        /// <summary>Counts a sweep; true when it is time to close the group of an activity that goes on.</summary>
        public bool IsDue(int commands, int sweeps) => Volatile.Read(ref _commands) >= commands || ++_sweeps >= sweeps;

        public void Close(int quietSweeps)
        {
            _quietSweeps = quietSweeps;
            _seenCommands = Volatile.Read(ref _commands);
        }

        /// <summary>Counts a sweep; true after as many without a new command as <see cref="Close"/> asked for.</summary>
        public bool IsQuiet()
        {
            var commands = Volatile.Read(ref _commands);
            if (commands != _seenCommands)
            {
                _seenCommands = commands;
                return false;
            }

            return --_quietSweeps <= 0;
        }
    }
}
