using Slipway.Gateway.Destinations;
using Yarp.ReverseProxy.Model;

namespace Slipway.Gateway.Forwarding;

/// <summary>What may be done about one attempt of a repeatable request while it waits for an answer; absent for requests that must not run twice.</summary>
/// <param name="limit">Time to the beginning of an answer; null when no further attempt could follow.</param>
/// <param name="mayHedge">Whether a second attempt may run beside it.</param>
/// <param name="budget">Which a second attempt draws on.</param>
/// <param name="circuits">Of the destinations.</param>
/// <param name="metrics">Counts second attempts.</param>
internal sealed class AttemptPlan(TimeSpan? limit, bool mayHedge, RetryBudget budget, DestinationCircuits circuits, GatewayMetrics metrics)
{
    public static readonly HttpRequestOptionsKey<AttemptPlan> Key = new("slipway.attempt");

    public TimeSpan? Limit => limit;

    public bool MayHedge => mayHedge;

    /// <summary>Where this attempt went.</summary>
    public DestinationState? Destination { get; set; }

    /// <summary>Where it could go.</summary>
    public IReadOnlyList<DestinationState> Admitted { get; set; } = [];

    /// <summary>Whether it tries a destination whose circuit was open.</summary>
    public bool IsTrial { get; set; }

    /// <summary>True when a second attempt answered before the first: the first is then judged by <see cref="FirstEnded"/>.</summary>
    public bool FirstIsLate { get; private set; }

    /// <summary>The address of a second attempt: of another destination where there is one, else the same, over another connection.</summary>
    /// <returns>Null when the budget is used up; else it was drawn on.</returns>
    public Uri? Second(Uri first)
    {
        if (!budget.TryTake())
            return null;
        metrics.Hedged();
        foreach (var other in Admitted)
        {
            if (other != Destination && other.Model.Config.Address is { } address)
                return new Uri(new Uri(address).GetLeftPart(UriPartial.Authority) + first.PathAndQuery);
        }

        return first;
    }

    public void SecondWon()
    {
        FirstIsLate = true;
        metrics.HedgeWon();
    }

    /// <summary>To be called after <see cref="SecondWon"/>, when the first attempt was answered, failed, or was given up.</summary>
    public void FirstEnded(Exception? failure)
    {
        if (Destination is not null && failure is null or HttpRequestException && circuits.Of(Destination!).Judge(failure is not null, IsTrial))
            metrics.Opened(Destination!.DestinationId);
    }
}
