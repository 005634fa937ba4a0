using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Forwarding;

/// <summary>Keeps repeats from multiplying the load of a service that is down: each takes a whole token, each answered request returns a part.</summary>
/// <remarks>Counted in thousandths. Shared by all requests; starts full.</remarks>
internal sealed class RetryBudget(IOptions<GatewayOptions> options)
{
    private readonly long _full = options.Value.Retries.Budget * 1000L;
    private readonly long _perAnswer = (long)(options.Value.Retries.BudgetPerAnswer * 1000);
    private long _left = options.Value.Retries.Budget * 1000L;

    /// <summary>Repeats that are possible now.</summary>
    public long Left => Volatile.Read(ref _left) / 1000;

    public void Answered()
    {
        // A lost race costs a fraction of a token; the full budget, the usual case, costs one read.
        var left = Volatile.Read(ref _left);
        if (left < _full)
            Interlocked.CompareExchange(ref _left, Math.Min(_full, left + _perAnswer), left);
    }

    /// <returns>False when fewer than one whole token is left; nothing was taken.</returns>
    public bool TryTake()
    {
        while (true)
        {
            var left = Volatile.Read(ref _left);
            if (left < 1000)
                return false;
            if (Interlocked.CompareExchange(ref _left, left - 1000, left) == left)
                return true;
        }
    }
}
