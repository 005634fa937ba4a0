using Microsoft.Extensions.Options;
using Slipway.Gateway.Destinations;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Slipway.Gateway.Forwarding;

/// <summary>Repeats a request whose destination failed or stays silent, when that can't do harm and nothing has been relayed to the client yet.</summary>
/// <remarks>
/// Harmless is: any request that no application has seen (<see cref="FailedAttempt.NeverSent"/>), and what is <see cref="Repeatable"/>.
/// Bounded by attempts, a deadline and a budget shared by all requests. The next attempt goes to a
/// destination not tried before while there is one; otherwise to any, where dead connections have left the pool and new ones are proven.
/// </remarks>
internal sealed class Retries(
    RequestDelegate next, RetryBudget budget, DestinationCircuits circuits, GatewayMetrics metrics, IOptions<GatewayOptions> options, TimeProvider clock,
    ILogger<Retries> logger)
{
    private readonly RetryOptions _options = options.Value.Retries;

    public async Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var offered = proxy.AvailableDestinations;
        var arrival = clock.GetTimestamp();
        List<DestinationState>? tried = null;
        if (await KindOf(context) is not { } repeatable)
            return;

        for (var attempt = 1; ; attempt++)
        {
            context.Features.Set(Plan(context, repeatable, attempt, arrival));
            await next(context);
            if (FailedAttempt.Of(context.Features.Get<IForwarderErrorFeature>()) is not { } failure)
            {
                budget.Answered();
                return;
            }

            if (!MayRepeat(context, failure, repeatable))
                return;
            if (Exhausted(attempt, arrival) is { } bound)
            {
                metrics.RetryRefused(proxy.Cluster.Config.ClusterId, bound);
                logger.RetryRefused(context.Request.Method, context.Request.Path, attempt, failure.Reason, bound);
                return;
            }

            metrics.Retried(proxy.Cluster.Config.ClusterId, failure.Reason);
            logger.Retrying(context.Request.Method, context.Request.Path, attempt, proxy.ProxiedDestination?.DestinationId, failure.Reason);
            if (proxy.ProxiedDestination is { } failed)
                (tried ??= []).Add(failed);
            Reset(context);
            proxy.AvailableDestinations = Untried(offered, tried);
            await Wait(attempt, context.RequestAborted);
        }
    }

    /// <summary>Null when the body could not be read; the error is noted for the answer.</summary>
    private async ValueTask<Repeatable?> KindOf(HttpContext context)
    {
        try
        {
            return await RepeatableRequests.KindOf(context, _options.MaxKeptBody);
        }
        catch (Exception unread) when (unread is IOException or OperationCanceledException)
        {
            context.Response.StatusCode = (unread as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status400BadRequest;
            context.Features.Set<IForwarderErrorFeature>(new UnreadBody(unread));
            return null;
        }
    }

    /// <summary>Null for what must not run twice, and for what may be silent on purpose.</summary>
    private AttemptPlan? Plan(HttpContext context, Repeatable repeatable, int attempt, long arrival)
    {
        if (repeatable == Repeatable.No || RepeatableRequests.MayBeSilent(context))
            return null;
        var byMethod = repeatable == Repeatable.ByMethod;
        var limit = (byMethod ? _options.AttemptTimeout : _options.KeyedAttemptTimeout) * (1 << Math.Min(attempt - 1, 16));
        var elapsed = clock.GetElapsedTime(arrival);
        var mayGoOn = attempt < _options.MaxAttempts && elapsed < _options.Deadline && budget.Left > 0;
        // What no other attempt would follow is waited for: it may be slow rather than hung.
        var isFollowed = mayGoOn && elapsed + limit < _options.Deadline;
        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return new AttemptPlan(isFollowed ? limit : null, mayGoOn && byMethod && isRead, budget, circuits, metrics);
    }

    private static bool MayRepeat(HttpContext context, FailedAttempt failure, Repeatable repeatable) =>
        !context.Response.HasStarted
        && !context.RequestAborted.IsCancellationRequested
        && (failure.NeverSent || repeatable != Repeatable.No);

    /// <summary>The bound that forbids a further attempt, or null. Takes from the budget when it returns null.</summary>
    private string? Exhausted(int attempt, long arrival)
    {
        if (attempt >= _options.MaxAttempts)
            return "attempts";
        if (clock.GetElapsedTime(arrival) >= _options.Deadline)
            return "deadline";
        return budget.TryTake() ? null : "budget";
    }

    private static IReadOnlyList<DestinationState> Untried(IReadOnlyList<DestinationState> offered, List<DestinationState>? tried)
    {
        if (tried is null)
            return offered;
        var untried = offered.Where(destination => !tried.Contains(destination)).ToList();
        return untried.Count > 0 ? untried : offered;
    }

    /// <summary>Takes back what the failed attempt left: YARP sets a status and an error, and clears headers that it had copied.</summary>
    private static void Reset(HttpContext context)
    {
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.StatusCode = StatusCodes.Status200OK;
        RepeatableRequests.Rewind(context.Request);
    }

    /// <summary>The second attempt follows at once; later ones wait longer and longer, half of it by chance so that requests don't march in step.</summary>
    private async Task Wait(int attempt, CancellationToken cancellationToken)
    {
        if (attempt == 1)
            return;
        var backoff = Math.Min(_options.Backoff.TotalMilliseconds * Math.Pow(2, attempt - 2), _options.MaxBackoff.TotalMilliseconds);
#pragma warning disable CA5394 // Spreads load; no secret depends on it.
        var wait = TimeSpan.FromMilliseconds(backoff * (0.5 + Random.Shared.NextDouble() / 2));
#pragma warning restore CA5394
        // A client that leaves during the wait ends the next attempt before it begins.
        await Task.Delay(wait, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private sealed class UnreadBody(Exception exception) : IForwarderErrorFeature
    {
        public ForwarderError Error => ForwarderError.RequestBodyClient;

        public Exception Exception => exception;
    }
}
