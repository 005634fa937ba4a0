namespace Slipway.Gateway.Protection.Rates;

/// <summary>Who counted.</summary>
internal enum DecidedBy
{
    /// <summary>Redis, for all Gateways.</summary>
    Shared,

    /// <summary>A share that Redis had given this Gateway in advance.</summary>
    Lease,

    /// <summary>The memory of a refusal by Redis: nothing can have changed since.</summary>
    Remembered,

    /// <summary>This Gateway alone: Redis is away, or none is configured.</summary>
    Local,
}

/// <param name="Allowed">False: the request is refused, and no limit was used.</param>
/// <param name="Debts">By quota, in microseconds: after the request when it is allowed, as it stands otherwise.</param>
/// <param name="By">Who decided.</param>
internal readonly record struct LimitDecision(bool Allowed, long[] Debts, DecidedBy By);
