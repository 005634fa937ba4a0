using System.Diagnostics.Metrics;

namespace Slipway.Api.Access;

/// <summary>
/// Counts what became of each request that needs a client: <c>slipway.api.access.decisions</c> by <c>outcome</c>: accepted, forbidden (scope), or why
/// nobody was recognised (<see cref="Identity.Refusal"/>).
/// </summary>
internal sealed class AccessMetrics(IMeterFactory meters)
{
    public const string MeterName = "Slipway.Api.Access";

    private readonly Counter<long> _decisions = meters.Create(MeterName)
        .CreateCounter<long>("slipway.api.access.decisions", "{request}", "Requests that need a client, by what became of them.");

    public void Count(string outcome) => _decisions.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
