using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.ServiceDefaults.Health;

/// <summary>The loops that work beside the requests. One that no longer beats makes the process unhealthy: it would never be noticed otherwise.</summary>
public sealed class BackgroundLoops(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Loop> _loops = new(StringComparer.Ordinal);

    /// <summary>Enters a loop under its name; disposing the result says that it has ended as it should.</summary>
    /// <param name="name">Unique in the process.</param>
    /// <param name="silentFor">How long it may go without a beat; more than one round with everything it waits for.</param>
    /// <exception cref="InvalidOperationException">A loop of that name runs.</exception>
    public Loop Enter(string name, TimeSpan silentFor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(silentFor, TimeSpan.Zero);
        var loop = new Loop(this, name, silentFor);
        return _loops.TryAdd(name, loop) ? loop : throw new InvalidOperationException($"A loop named '{name}' runs already.");
    }

    internal IEnumerable<string> Silent() =>
        from loop in _loops.Values
        let silence = loop.Silence
        where silence > loop.SilentFor
        select FormattableString.Invariant($"'{loop.Name}' has not beaten for {silence.TotalSeconds:0} s; it may be silent for {loop.SilentFor.TotalSeconds:0} s.");

    /// <summary>One that runs.</summary>
    public sealed class Loop : IDisposable
    {
        private readonly BackgroundLoops _owner;
        private long _beatAt;

        internal Loop(BackgroundLoops owner, string name, TimeSpan silentFor)
        {
            _owner = owner;
            Name = name;
            SilentFor = silentFor;
            Beat();
        }

        internal string Name { get; }

        internal TimeSpan SilentFor { get; }

        internal TimeSpan Silence => _owner.Clock.GetElapsedTime(Interlocked.Read(ref _beatAt));

        /// <summary>To be called once a round.</summary>
        public void Beat() => Interlocked.Exchange(ref _beatAt, _owner.Clock.GetTimestamp());

        public void Dispose() => _owner._loops.TryRemove(Name, out _);
    }

    private TimeProvider Clock => clock;
}

internal sealed class BackgroundLoopsCheck(BackgroundLoops loops) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var silent = loops.Silent().ToArray();
        return Task.FromResult(silent.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(string.Join(' ', silent)));
    }
}
