using System.Collections.Concurrent;
using System.Diagnostics;

namespace Slipway.Benchmarks.Faults;

/// <summary>What became of each request, seen by the client that sent it.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentQueue<Entry> _entries = new();

    public IReadOnlyCollection<Entry> Entries => _entries;

    public void Add(Entry entry) => _entries.Enqueue(entry);

    /// <param name="SentAt">Of <see cref="Stopwatch"/>.</param>
    /// <param name="AnsweredAt">Of <see cref="Stopwatch"/>, or when it was given up.</param>
    /// <param name="IsWrite">A release was to be recorded.</param>
    /// <param name="Outcome">Of it.</param>
    /// <param name="Version">Of a write: what was to be recorded; else null.</param>
    internal sealed record Entry(long SentAt, long AnsweredAt, bool IsWrite, Outcome Outcome, string? Version)
    {
        public TimeSpan Took => Stopwatch.GetElapsedTime(SentAt, AnsweredAt);
    }
}

/// <summary>How a request ended for its client.</summary>
internal enum Outcome
{
    /// <summary>As on a good day.</summary>
    Answered,

    /// <summary>Answered with the last that was known, and marked so.</summary>
    Stale,

    /// <summary>429 or 503 with Retry-After: nothing was done, and when to come again.</summary>
    Refused,

    /// <summary>Any other status, a broken connection, no answer in time.</summary>
    Failed,
}
