namespace Slipway.Gateway.Protection.Rates;

/// <summary>Decides by Redis while it answers, by this Gateway's memory otherwise.</summary>
internal sealed class RateLimits(SharedLimits shared, LocalLimits local, Leases leases, RefusedClients refused)
{
    public async ValueTask<LimitDecision> DecideAsync(AppliedLimits limits)
    {
        if (shared.State != SharedState.Answers)
            return local.Decide(limits);
        if (refused.Find(limits) is { } remembered)
            return remembered;

        if (await leases.DecideAsync(limits) is not { } decision)
            return local.Decide(limits);
        if (!decision.Allowed)
            refused.Remember(limits, decision);
        return decision;
    }
}
