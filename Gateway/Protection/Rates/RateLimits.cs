namespace Slipway.Gateway.Protection.Rates;

/// <summary>Decides by Redis while it answers, by this Gateway's memory otherwise.</summary>
internal sealed class RateLimits(SharedLimits shared, LocalLimits local, RefusedClients refused)
{
    public async ValueTask<LimitDecision> DecideAsync(AppliedLimits limits)
    {
        if (shared.State != SharedState.Answers)
            return local.Decide(limits);
        if (refused.Find(limits) is { } remembered)
            return remembered;

        var keys = limits.Keys();
        if (await shared.DecideAsync(limits, keys, 1) is not { } decision)
            return local.Decide(limits);
        local.Follow(keys, decision.Debts);
        if (!decision.Allowed)
            refused.Remember(limits, decision);
        return decision;
    }
}
