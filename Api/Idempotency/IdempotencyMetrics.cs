using System.Diagnostics.Metrics;

namespace Slipway.Api.Idempotency;

/// <summary>Counts requests with a key by what came of it: <c>slipway.api.idempotency.requests</c> by <c>outcome</c> (kept, replayed, in-flight, reused).</summary>
internal sealed class IdempotencyMetrics(IMeterFactory meters)
{
    public const string MeterName = "Slipway.Api.Idempotency";

    private readonly Counter<long> _requests = meters.Create(MeterName)
        .CreateCounter<long>("slipway.api.idempotency.requests", "{request}", "Requests with an idempotency key, by what came of it.");

    public void Count(string outcome) => _requests.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
