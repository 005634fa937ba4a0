using Slipway.Gateway.Forwarding;

namespace Slipway.Gateway.Connections;

/// <summary>Bounds the wait for an answer to a repeatable request, and sends a late one once more over another connection: the first answer counts.</summary>
/// <remarks>
/// A paused or overloaded replica keeps its connections and answers nothing, so only time tells. The first attempt goes on beside the second
/// until its own limit: what is merely slow still gets its answer through, and what is silent is found out.
/// </remarks>
internal sealed class Hedges(HttpMessageHandler inner, TimeSpan delay, TimeProvider clock) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(AttemptPlan.Key, out var plan))
            return base.SendAsync(request, cancellationToken);
        return plan.MayHedge && delay > TimeSpan.Zero ? Hedged(request, plan, cancellationToken) : Limited(request, plan.Limit, cancellationToken);
    }

    /// <exception cref="SilentDestinationException">The limit was met.</exception>
    private async Task<HttpResponseMessage> Limited(HttpRequestMessage request, TimeSpan? limit, CancellationToken cancellationToken)
    {
        if (limit is not { } time)
            return await base.SendAsync(request, cancellationToken);
        using var ending = new CancellationTokenSource(time, clock);
        using var leaving = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), ending);
        try
        {
            return await base.SendAsync(request, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new SilentDestinationException(time);
        }
    }

    private async Task<HttpResponseMessage> Hedged(HttpRequestMessage request, AttemptPlan plan, CancellationToken cancellationToken)
    {
        var first = Limited(request, plan.Limit, cancellationToken);
        if (await EndsInTime(first) || cancellationToken.IsCancellationRequested || plan.Second(request.RequestUri!) is not { } address)
            return await first;

        var second = Limited(Copy(request, address), plan.Limit, cancellationToken);
        var winner = await Task.WhenAny(first, second);
        // One that failed has not won while the other may still answer.
        if (!winner.IsCompletedSuccessfully)
        {
            winner = winner == first ? second : first;
            await ((Task)winner).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (winner != second || !second.IsCompletedSuccessfully)
        {
            _ = Drop(second, ended: null);
            return await first;
        }

        plan.SecondWon();
        _ = Drop(first, plan.FirstEnded);
        return await second;
    }

    private async ValueTask<bool> EndsInTime(Task first)
    {
        if (!first.IsCompleted)
            await first.WaitAsync(delay, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return first.IsCompleted;
    }

    private static async Task Drop(Task<HttpResponseMessage> loser, Action<Exception?>? ended)
    {
        try
        {
            using var unread = await loser;
            ended?.Invoke(null);
        }
        catch (Exception failure)
        {
            ended?.Invoke(failure);
        }
    }

    /// <summary>Without a body: only GET and HEAD are hedged.</summary>
    private static HttpRequestMessage Copy(HttpRequestMessage request, Uri address)
    {
        var copy = new HttpRequestMessage(request.Method, address) { Version = request.Version, VersionPolicy = request.VersionPolicy };
        foreach (var (name, values) in request.Headers.NonValidated)
            copy.Headers.TryAddWithoutValidation(name, values);
        return copy;
    }
}
