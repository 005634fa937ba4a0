using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Backchannel;

/// <param name="Search">Part of the line or of the resource's name; null: all lines.</param>
/// <param name="Tail">Latest lines of what is there already; null: all.</param>
/// <param name="IncludeHidden">Whether resources that the dashboard hides count when none is named.</param>
internal sealed record LogFilter(string? Search, int? Tail, bool IncludeHidden);

/// <summary>Console lines of one resource or of all, as the command line reads them.</summary>
internal sealed class ResourceLogLines(ResourceNotificationService notifications, ResourceLoggerService loggers, DistributedApplicationModel model)
{
    /// <summary>Lines that may wait for a slow client; its log sources then wait too.</summary>
    private const int MaxAhead = 1000;

    /// <param name="name">A resource or an instance; null: all.</param>
    /// <exception cref="JsonRpcException">There is no such resource.</exception>
    public async IAsyncEnumerable<object> ReadAsync(
        string? name,
        bool follow,
        LogFilter filter,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var instances = InstancesOf(name, filter.IncludeHidden);
        if (!follow)
        {
            foreach (var line in await KeptAsync(instances, filter, cancellationToken))
            {
                yield return line;
            }

            yield break;
        }

        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var lines = Channel.CreateBounded<object>(MaxAhead);
        var sources = Task.WhenAll(instances.Select(i => CopyAsync(i, filter, lines.Writer, reading.Token)));
        var completion = sources.ContinueWith(_ => lines.Writer.TryComplete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await foreach (var line in lines.Reader.ReadAllAsync(cancellationToken))
            {
                yield return line;
            }
        }
        finally
        {
            await reading.CancelAsync();
            await completion;
        }
    }

    private async Task<List<object>> KeptAsync(List<string> instances, LogFilter filter, CancellationToken cancellationToken)
    {
        var kept = new List<object>();
        foreach (var instance in instances)
        {
            await foreach (var batch in loggers.GetAllAsync(instance).WithCancellation(cancellationToken))
            {
                kept.AddRange(batch.Where(l => Matches(instance, l, filter)).Select(l => Describe(instance, l)));
            }
        }

        return filter.Tail is { } tail && tail < kept.Count ? kept[^tail..] : kept;
    }

    private async Task CopyAsync(string instance, LogFilter filter, ChannelWriter<object> lines, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var batch in loggers.WatchAsync(instance, cancellationToken))
            {
                foreach (var line in batch.Where(l => Matches(instance, l, filter)))
                {
                    await lines.WriteAsync(Describe(instance, line), cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private List<string> InstancesOf(string? name, bool includeHidden)
    {
        if (string.IsNullOrEmpty(name))
        {
            return [.. model.Resources.SelectMany(ResourceNotificationService.InstanceNames).Where(i => includeHidden || !IsHidden(i))];
        }

        var named = model.Resources.Where(r => ResourceNotificationService.NamesEqual(r.Name, name)).SelectMany(ResourceNotificationService.InstanceNames).ToList();
        if (named.Count > 0)
        {
            return named;
        }

        return notifications.TryGetCurrentState(name, out var instance)
            ? [instance.ResourceId]
            : throw new JsonRpcException(JsonRpcException.InvalidParams, $"Resource '{name}' not found.");
    }

    private bool IsHidden(string instance) => notifications.TryGetCurrentState(instance, out var current) && current.Snapshot.IsHidden;

    private static bool Matches(string instance, LogLine line, LogFilter filter) => string.IsNullOrEmpty(filter.Search)
        || line.Content.Contains(filter.Search, StringComparison.OrdinalIgnoreCase)
        || instance.Contains(filter.Search, StringComparison.OrdinalIgnoreCase);

    private static object Describe(string instance, LogLine line) =>
        new { resourceName = instance, lineNumber = line.LineNumber, content = line.Content, isError = line.IsErrorMessage };
}
