using System.Runtime.CompilerServices;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Grpc;
using Aspire.Hosting.Interactions;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dashboard;

/// <summary>Answers the dashboard: which resources there are, what they print, and what to do with them.</summary>
internal sealed class ResourceService(
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    ResourceCommandService commands,
    InteractionService interactions,
    IConfiguration configuration,
    TimeProvider clock)
{
    private const string Path = "/aspire.v1.DashboardService/";
    private const string MinDashboardVersion = "13.5.0";

    /// <summary>Lines in one message; keeps it well below the dashboard's message limit.</summary>
    private const int MaxLinesPerMessage = 500;

    /// <summary>Pause after each batch of changes, so that a burst becomes one batch; a single change is sent at once.</summary>
    private static readonly TimeSpan s_batchPause = TimeSpan.FromMilliseconds(50);

    private readonly DateTime _started = clock.GetUtcNow().UtcDateTime;

    public void Map(GrpcRoutes routes)
    {
        routes.Unary(Path + "GetApplicationInformation", Protos.ApplicationInformationRequest.Parser, GetApplicationInformationAsync);
        routes.Unary(Path + "ExecuteResourceCommand", Protos.ResourceCommandRequest.Parser, ExecuteAsync);
        routes.ServerStream(Path + "WatchResources", Protos.WatchResourcesRequest.Parser, (_, cancellationToken) => WatchResourcesAsync(cancellationToken));
        routes.ServerStream(Path + "WatchResourceConsoleLogs", Protos.WatchResourceConsoleLogsRequest.Parser, WatchConsoleLogsAsync);
        routes.Duplex<Protos.WatchInteractionsRequestUpdate, Protos.WatchInteractionsResponseUpdate>(
            Path + "WatchInteractions",
            Protos.WatchInteractionsRequestUpdate.Parser,
            WatchInteractionsAsync);
    }

    /// <summary>One message with all resources, then batches of changes; of several changes to one instance in a batch the last is sent.</summary>
    internal async IAsyncEnumerable<Protos.WatchResourcesUpdate> WatchResourcesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var changes = notifications.WatchAsync(leaving.Token).GetAsyncEnumerator(leaving.Token);
        var next = changes.MoveNextAsync().AsTask();
        try
        {
            (var ready, next) = await TakeReadyAsync(changes, next);
            var initial = new Protos.InitialResourceData();
            initial.Resources.Add(ready.Select(Message));
            yield return new Protos.WatchResourcesUpdate { InitialData = initial };

            while (await next)
            {
                (ready, next) = await TakeReadyAsync(changes, next);
                var batch = new Protos.WatchResourcesChanges();
                batch.Value.Add(ready.Select(c => new Protos.WatchResourcesChange { Upsert = Message(c) }));
                yield return new Protos.WatchResourcesUpdate { Changes = batch };
                await Task.Delay(s_batchPause, clock, cancellationToken);
            }
        }
        finally
        {
            // The source can't be let go while a step of it is under way.
            await leaving.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await changes.DisposeAsync();
        }
    }

    /// <summary>The changes that are there without waiting, the latest of each instance, in the order of their latest change.</summary>
    /// <param name="next">The step that is under way; the one after the changes taken is returned.</param>
    private static async Task<(IReadOnlyList<ResourceEvent> Ready, Task<bool> Next)> TakeReadyAsync(
        IAsyncEnumerator<ResourceEvent> changes,
        Task<bool> next)
    {
        var latest = new OrderedDictionary<string, ResourceEvent>(StringComparer.Ordinal);
        while (next.IsCompleted && await next)
        {
            latest.Remove(changes.Current.ResourceId);
            latest.Add(changes.Current.ResourceId, changes.Current);
            next = changes.MoveNextAsync().AsTask();
        }

        return ([.. latest.Values], next);
    }

    private Protos.Resource Message(ResourceEvent change) => ResourceMessages.From(change, _started);

    private Task<Protos.ApplicationInformationResponse> GetApplicationInformationAsync(
        Protos.ApplicationInformationRequest request,
        CancellationToken cancellationToken) =>
        Task.FromResult(new Protos.ApplicationInformationResponse
        {
            ApplicationName = configuration["AppHost:DashboardApplicationName"] ?? string.Empty,
            MinDashboardVersion = MinDashboardVersion,
        });

    private async IAsyncEnumerable<Protos.WatchResourceConsoleLogsUpdate> WatchConsoleLogsAsync(
        Protos.WatchResourceConsoleLogsRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batches = request.SuppressFollow
            ? loggers.GetAllAsync(request.ResourceName)
            : loggers.WatchAsync(request.ResourceName, cancellationToken);
        await foreach (var batch in batches.WithCancellation(cancellationToken))
        {
            foreach (var lines in batch.Chunk(MaxLinesPerMessage))
            {
                var update = new Protos.WatchResourceConsoleLogsUpdate();
                update.LogLines.Add(lines.Select(l =>
                    new Protos.ConsoleLogLine { Text = l.Content, IsStdErr = l.IsErrorMessage, LineNumber = l.LineNumber }));
                yield return update;
            }
        }
    }

    private async Task<Protos.ResourceCommandResponse> ExecuteAsync(Protos.ResourceCommandRequest request, CancellationToken cancellationToken)
    {
        var call = new CommandCall { ByName = Arguments(request), MayAsk = !request.NonInteractive };
        var result = await commands.ExecuteCommandAsync(request.ResourceName, request.CommandName, call, cancellationToken);
        var message = result.Message ?? string.Empty;
        return new Protos.ResourceCommandResponse
        {
            Kind = result.Canceled ? Protos.ResourceCommandResponseKind.Cancelled
                : result.Success ? Protos.ResourceCommandResponseKind.Succeeded
                : result.InvalidArguments is not null ? Protos.ResourceCommandResponseKind.InvalidArguments
                : Protos.ResourceCommandResponseKind.Failed,
            Message = message,
            ErrorMessage = message,
        };
    }

    private static IReadOnlyDictionary<string, string?>? Arguments(Protos.ResourceCommandRequest request)
    {
        try
        {
            return InteractionMessages.Arguments(request.Arguments);
        }
        catch (ArgumentException exception)
        {
            throw new GrpcException(GrpcStatus.InvalidArgument, exception.Message);
        }
    }

    /// <summary>Questions in the one direction, answers in the other, until the dashboard leaves.</summary>
    private async IAsyncEnumerable<Protos.WatchInteractionsResponseUpdate> WatchInteractionsAsync(
        IAsyncEnumerable<Protos.WatchInteractionsRequestUpdate> answers,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var watch = interactions.Watch();
        var receiving = ReceiveAsync(answers, watch, leaving.Token);
        try
        {
            await foreach (var interaction in watch.Changes.ReadAllAsync(cancellationToken))
            {
                yield return InteractionMessages.From(interaction);
            }

            await receiving;
        }
        finally
        {
            await leaving.CancelAsync();
            await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReceiveAsync(IAsyncEnumerable<Protos.WatchInteractionsRequestUpdate> answers, InteractionWatch watch, CancellationToken leaving)
    {
        try
        {
            await foreach (var answer in answers.WithCancellation(leaving))
            {
                await interactions.AnswerAsync(answer.InteractionId, InteractionMessages.Answer(answer), leaving);
            }
        }
        finally
        {
            watch.Dispose();
        }
    }
}
