using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.Check;

/// <summary>One start of the whole application, judged.</summary>
internal static class ApplicationCheck
{
    private const int Ok = 0;
    private const int NotHealthy = 1;
    private const int UnknownResource = 2;

    private const int LastLines = 30;

    public static async Task<int> RunAsync(CheckOptions options, TextWriter output, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [.. options.AppHostArguments],
            (applicationOptions, _) =>
            {
                applicationOptions.DisableDashboard = false;
                applicationOptions.EnableResourceLogging = false;
            },
            cancellationToken);
        if (UnknownNames(builder, options) is { Count: > 0 } unknown)
        {
            await output.WriteLineAsync(
                $"check: there is no resource named {string.Join(", ", unknown.Select(n => $"'{n}'"))}. "
                + $"The application has: {string.Join(", ", Startable(builder.Resources).Select(r => r.Name))}.");
            return UnknownResource;
        }

        // Otherwise than in a test, fixed ports count, as they do for ./run; but the dashboard takes any: nobody looks at it.
        builder.Configuration["DcpPublisher:RandomizePorts"] = Environment.GetEnvironmentVariable("DcpPublisher__RandomizePorts") ?? "false";
        builder.Configuration["ASPNETCORE_URLS"] = null;
        builder.Configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = null;
        await using var application = await builder.BuildAsync(cancellationToken);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.Deadline);
        await using var board = new ResourceBoard(application.ResourceNotifications, deadline.Token);
        var failure = await JudgeAsync(application, builder.Resources, options, board, output, clock, deadline.Token);
        if (!cancellationToken.IsCancellationRequested)
        {
            await output.WriteLineAsync(board.ToTable());
            await output.WriteLineAsync(failure is null ? "check: all healthy, and the main job was done." : $"check: {failure}");
        }

        await application.StopAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return failure is null ? Ok : NotHealthy;
    }

    /// <returns>What is wrong; null: nothing.</returns>
    private static async Task<string?> JudgeAsync(
        DistributedApplication application,
        IResourceCollection resources,
        CheckOptions options,
        ResourceBoard board,
        TextWriter output,
        TimeProvider clock,
        CancellationToken deadline)
    {
        var wanted = Startable(resources).Where(r => options.Resources.Count == 0 || options.Resources.Contains(r.Name, StringComparer.OrdinalIgnoreCase)).ToArray();
        try
        {
            // The deadline ends the waiting here; what is under way then ends by a stop. A start that is cancelled reports failures instead.
            var start = application.StartAsync(CancellationToken.None);
            var ready = Task.WhenAll(wanted.Select(r => UntilGoodAsync(application.ResourceNotifications, r, deadline)));
            var first = await Task.WhenAny(board.FirstFailure, ReadyAsync(start, ready, isAll: options.Resources.Count == 0));
            if (first == board.FirstFailure)
            {
                var failed = await board.FirstFailure;
                if (!deadline.IsCancellationRequested)
                {
                    await PrintLastLinesAsync(application, failed.ResourceId, output);
                }

                return failed.Reason;
            }

            await first;
            return options.Resources.Count == 0 ? await MainJob.DoAsync(application, resources, output, clock, deadline) : null;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return $"not healthy within {options.Deadline.TotalSeconds} s: {board.NotGood(wanted.Select(r => r.Name))}";
        }
        catch (Exception exception) when (exception is DistributedApplicationException or AggregateException or HttpRequestException)
        {
            return exception.Message;
        }
    }

    private static async Task PrintLastLinesAsync(DistributedApplication application, string instance, TextWriter output)
    {
        var lines = new List<string>();
        await foreach (var batch in application.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(instance))
        {
            lines.AddRange(batch.Select(l => l.Content));
        }

        if (lines.Count == 0)
        {
            return;
        }

        await output.WriteLineAsync($"Last lines of '{instance}':");
        foreach (var line in lines.TakeLast(LastLines))
        {
            await output.WriteLineAsync($"  {line}");
        }
    }

    /// <summary>A failed start is known at once. The start as a whole also waits for resources that nobody asked for, unless all are meant.</summary>
    private static async Task ReadyAsync(Task start, Task ready, bool isAll)
    {
        await await Task.WhenAny(start, ready);
        await ready;
        if (isAll)
        {
            await start;
        }
    }

    /// <summary>Until every replica is healthy, or ended well where others wait for its end.</summary>
    private static async Task UntilGoodAsync(ResourceNotificationService notifications, IResource resource, CancellationToken cancellationToken)
    {
        var good = new HashSet<string>();
        await foreach (var change in notifications.WatchAsync(cancellationToken))
        {
            if (!string.Equals(change.Resource.Name, resource.Name, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            _ = ResourceBoard.IsGood(change.Snapshot) ? good.Add(change.ResourceId) : good.Remove(change.ResourceId);
            if (good.Count >= Replicas(resource))
            {
                return;
            }
        }
    }

    private static int Replicas(IResource resource) => resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;

    private static List<string> UnknownNames(IDistributedApplicationTestingBuilder builder, CheckOptions options) =>
        [.. options.Resources.Where(n => !Startable(builder.Resources).Any(r => string.Equals(r.Name, n, StringComparison.OrdinalIgnoreCase)))];

    /// <summary>Without parameters, and without the hidden companions that rebuild projects.</summary>
    private static IEnumerable<IResource> Startable(IEnumerable<IResource> resources) => resources.Where(r =>
        r is not (ParameterResource or ConnectionStringResource) && !r.Annotations.OfType<ExplicitStartupAnnotation>().Any()
        && r.Annotations.OfType<ResourceSnapshotAnnotation>().LastOrDefault()?.InitialSnapshot.IsHidden != true);
}
