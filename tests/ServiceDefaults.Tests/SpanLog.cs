using System.Diagnostics;
using OpenTelemetry;

namespace Slipway.ServiceDefaults.Tests;

/// <summary>Keeps exported spans. Activity sources are the process's, so a test asks by the trace that it started.</summary>
internal sealed class SpanLog : BaseExporter<Activity>
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<Activity> _spans = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ExportResult Export(in Batch<Activity> batch)
    {
        lock (_lock)
        {
            foreach (var span in batch)
                _spans.Add(span);
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return ExportResult.Success;
    }

    public IReadOnlyList<Activity> Of(ActivityTraceId trace)
    {
        lock (_lock)
            return [.. _spans.Where(span => span.TraceId == trace)];
    }

    /// <summary>Waits for a span; a server's ends only after its response has been read.</summary>
    public async Task<Activity> FirstAsync(ActivityTraceId trace, Func<Activity, bool> matches)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(s_deadline);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_spans.FirstOrDefault(span => span.TraceId == trace && matches(span)) is { } found)
                    return found;
                changed = _changed.Task;
            }

            await changed.WaitAsync(deadline.Token);
        }
    }
}
