using System.Diagnostics;
using OpenTelemetry;

namespace Slipway.Aspire.Clients.Tests;

/// <summary>Keeps exported spans, and makes the ones that a test's commands run in.</summary>
internal sealed class SpanLog : BaseExporter<Activity>
{
    public const string SourceName = "Slipway.Tests";

    private static readonly ActivitySource s_source = new(SourceName);
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<Activity> _spans = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static Activity Begin(string name = "work") =>
        s_source.StartActivity(name, ActivityKind.Internal, parentContext: default) ?? throw new InvalidOperationException("Nobody listens.");

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

    public IReadOnlyList<Activity> ChildrenOf(Activity parent)
    {
        lock (_lock)
            return [.. _spans.Where(span => span.ParentSpanId == parent.SpanId)];
    }

    /// <summary>Waits for that many children, which may come after their parent.</summary>
    public async Task<IReadOnlyList<Activity>> ChildrenAsync(Activity parent, int count)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(s_deadline);
        while (true)
        {
            Task changed;
            lock (_lock)
                changed = _changed.Task;
            var children = ChildrenOf(parent);
            if (children.Count >= count)
                return children;
            await changed.WaitAsync(deadline.Token);
        }
    }
}
