using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>The <c>rebuild</c> command: stop the replicas, build, start those again that ran. One build at a time per project, whoever asks.</summary>
internal sealed class ProjectRebuild(
    AppResources resources,
    InstanceControl control,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    TimeProvider clock)
{
    private static readonly TimeSpan s_buildTimeout = TimeSpan.FromMinutes(10);
    private readonly Dictionary<IResource, Task<ExecuteCommandResult>> _running = [];
    private readonly Lock _lock = new();

    public Task<ExecuteCommandResult> RunAsync(ProjectResource project, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_running.TryGetValue(project, out var task) || task.IsCompleted)
            {
                task = RunCoreAsync(project, cancellationToken);
                _running[project] = task;
            }

            return task;
        }
    }

    private async Task<ExecuteCommandResult> RunCoreAsync(ProjectResource project, CancellationToken cancellationToken)
    {
        if (resources.All.FirstOrDefault(r => r.Model is ProjectRebuilderResource rebuilder && ResourceNotificationService.NamesEqual(rebuilder.Parent.Name, project.Name)) is not { } builder)
        {
            return CommandResults.Failure($"The resource that builds '{project.Name}' was not found.");
        }

        var logger = loggers.GetLogger(project);
        var states = ResourceNotificationService.InstanceNames(project).ToDictionary(name => name, StateOf);

        // A replica that waits for others has no process; it gets the new build when its turn comes.
        logger.LogInformation("Stopping resource for rebuild...");
        await Task.WhenAll(states.Where(s => s.Value != KnownResourceStates.Waiting).Select(s => control.StopAsync(s.Key, cancellationToken)));
        await notifications.PublishUpdateAsync(project, s => s.State?.Text == KnownResourceStates.Waiting
            ? s
            : s with { State = new ResourceStateSnapshot("Building", KnownResourceStateStyles.Info) });
        logger.LogInformation("Building project...");
        if (await BuildAsync(project, builder.Instances[0], logger, cancellationToken) is { } failure)
        {
            logger.LogError("{Failure}", failure);
            await notifications.PublishUpdateAsync(project, s => s.State?.Text == KnownResourceStates.Waiting
                ? s
                : s with { State = new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error) });
            return CommandResults.Failure(failure);
        }

        logger.LogInformation("Build succeeded. Restarting resource...");
        await Task.WhenAll(states.Where(s => s.Value == KnownResourceStates.Running).Select(s => control.StartAsync(s.Key, cancellationToken)));
        foreach (var (name, state) in states.Where(s => s.Value != KnownResourceStates.Running && s.Value != KnownResourceStates.Waiting))
        {
            await notifications.PublishUpdateAsync(project, name, s => s with { State = state });
        }

        return CommandResults.Success();
    }

    /// <returns>Null on success, else what went wrong.</returns>
    private async Task<string?> BuildAsync(ProjectResource project, AppInstance builder, ILogger logger, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(s_buildTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var copying = CancellationTokenSource.CreateLinkedTokenSource(either.Token);
        var copy = CopyOutputAsync(builder.Name, logger, copying.Token);
        try
        {
            await control.StartAsync(builder.Name, either.Token);
            var ended = await notifications.WaitForResourceAsync(
                builder.Name,
                e => e.ResourceId == builder.Name && KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text),
                either.Token);
            return ended.Snapshot.ExitCode == 0
                ? null
                : $"The build of '{project.Name}' failed with exit code {ended.Snapshot.ExitCode?.ToInvariant() ?? "unknown"}. Its output is in the resource's log.";
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            await control.StopAsync(builder.Name, cancellationToken);
            return "Build timed out.";
        }
        finally
        {
            await copying.CancelAsync();
            await copy;
        }
    }

    private async Task CopyOutputAsync(string from, ILogger to, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var batch in loggers.WatchAsync(from, cancellationToken))
            {
                foreach (var line in batch)
                {
                    to.LogInformation("[build] {Line}", line.Content);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The build has ended.
        }
    }

    private string? StateOf(string name) => notifications.TryGetCurrentState(name, out var current) ? current.Snapshot.State?.Text : null;
}
