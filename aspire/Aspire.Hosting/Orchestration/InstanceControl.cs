using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;

namespace Aspire.Hosting.Orchestration;

/// <summary>Start and stop of single instances, as the commands ask for it.</summary>
internal sealed class InstanceControl(
    AppResources resources,
    DcpHost host,
    ResourceStarter starter,
    ResourceLogStreams logs,
    ResourceNotificationService notifications,
    TimeProvider clock)
{
    /// <summary>A container that ignores the signal takes ten seconds to stop; this is for everything together.</summary>
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_firstPoll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longestPoll = TimeSpan.FromMilliseconds(250);

    /// <summary>Starts an instance that doesn't run; one that waits for others starts without them.</summary>
    /// <exception cref="DistributedApplicationException">It could not be started; the message says why.</exception>
    public async Task StartAsync(string name, CancellationToken cancellationToken)
    {
        var instance = resources.Instance(name);
        if (await SkipWaitAsync(instance))
        {
            return;
        }

        await instance.Gate.WaitAsync(cancellationToken);
        try
        {
            var isRunning = instance.IsCreated
                && InstanceSnapshots.StateOf(instance) is { Length: > 0 } state
                && !KnownResourceStates.TerminalStates.Contains(state)
                && state != KnownResourceStates.NotStarted;
            if (isRunning)
            {
                return;
            }

            if (instance.IsCreated && InstanceSnapshots.StateOf(instance) != KnownResourceStates.NotStarted)
            {
                await DeleteAsync(instance, cancellationToken);
            }

            if (await starter.StartOneAsync(instance, cancellationToken) is { } reason)
            {
                throw new DistributedApplicationException(reason);
            }
        }
        finally
        {
            instance.Gate.Release();
        }
    }

    /// <summary>Ends when the process has ended; nothing happens when it doesn't run.</summary>
    public async Task StopAsync(string name, CancellationToken cancellationToken)
    {
        var instance = resources.Instance(name);
        await instance.Gate.WaitAsync(cancellationToken);
        try
        {
            if (!instance.IsCreated
                || InstanceSnapshots.StateOf(instance) is { } state && (KnownResourceStates.TerminalStates.Contains(state) || state == KnownResourceStates.NotStarted))
            {
                return;
            }

            instance.IsStopRequested = true;
            var client = await host.StartAsync(cancellationToken);
            await (instance.Owner.Kind == AppResourceKind.Container
                ? client.PatchAsync<DcpContainer>(name, new DcpPatchSpec(Stop: true), cancellationToken)
                : client.PatchAsync<DcpExecutable>(name, new DcpPatchSpec(Stop: true), cancellationToken));
            await WaitUntilEndedAsync(instance, cancellationToken);
        }
        finally
        {
            instance.Gate.Release();
        }
    }

    /// <summary>Lets an instance that waits for others go on.</summary>
    /// <returns>False when it doesn't wait.</returns>
    private async Task<bool> SkipWaitAsync(AppInstance instance)
    {
        var isWaiting = false;
        if (instance.WaitSkipped is { } skipped)
        {
            await notifications.PublishUpdateAsync(instance.Owner.Model, instance.Name, s =>
            {
                isWaiting = s.State?.Text == KnownResourceStates.Waiting;
                return isWaiting ? s with { State = KnownResourceStates.Starting } : s;
            });
            if (isWaiting)
            {
                skipped.TrySetResult();
            }
        }

        return isWaiting;
    }

    private async Task WaitUntilEndedAsync(AppInstance instance, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(s_stopTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await notifications.WaitForResourceAsync(
                instance.Name,
                e => ResourceNotificationService.NamesEqual(e.ResourceId, instance.Name) && KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text),
                either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DistributedApplicationException($"Resource '{instance.Name}' did not stop within {s_stopTimeout.TotalSeconds:0} s.");
        }
    }

    /// <summary>An object that ended can't be started again; it makes room for a new one of the same name.</summary>
    private async Task DeleteAsync(AppInstance instance, CancellationToken cancellationToken)
    {
        var client = await host.StartAsync(cancellationToken);
        await logs.OnDeletedAsync(instance);
        await DeleteObjectAsync(client, instance, cancellationToken);
        instance.Forget();
    }

    private async Task DeleteObjectAsync(DcpClient client, AppInstance instance, CancellationToken cancellationToken)
    {
        var isContainer = instance.Owner.Kind == AppResourceKind.Container;
        await (isContainer ? client.DeleteAsync<DcpContainer>(instance.Name, cancellationToken) : client.DeleteAsync<DcpExecutable>(instance.Name, cancellationToken));
        for (var pause = s_firstPoll; ; pause = pause * 2 < s_longestPoll ? pause * 2 : s_longestPoll)
        {
            var isGone = isContainer
                ? await client.GetAsync<DcpContainer>(instance.Name, cancellationToken) is null
                : await client.GetAsync<DcpExecutable>(instance.Name, cancellationToken) is null;
            if (isGone)
            {
                return;
            }

            await Task.Delay(pause, clock, cancellationToken);
        }
    }
}
