using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Model;

namespace Slipway.Gateway.Destinations;

/// <summary>The circuit of each destination, as long as the destination is configured, and who may be sent a request.</summary>
internal sealed class DestinationCircuits(IOptions<GatewayOptions> options, TimeProvider clock)
{
    private readonly ConditionalWeakTable<DestinationState, DestinationCircuit> _circuits = [];
    private readonly DestinationOptions _options = options.Value.Destinations;

    public DestinationCircuit Of(DestinationState destination) =>
        _circuits.TryGetValue(destination, out var circuit) ? circuit : _circuits.GetOrAdd(destination, _ => new DestinationCircuit(_options, clock));

    /// <summary>Those of <paramref name="offered"/> that may get a request now.</summary>
    /// <param name="offered">By the load balancer's other criteria.</param>
    /// <param name="isRepeatable">Whether the request may go elsewhere when it fails.</param>
    /// <param name="isTrial">True: the one destination is tried by this request.</param>
    /// <returns>
    /// Empty when all have as many requests under way as they may. When the circuits of all others are open these get the request nevertheless:
    /// where one address stands for several replicas, a hung one of them must not turn into 503 for everybody.
    /// </returns>
    /// <remarks>The number under way is read before the request is added to it, so it may exceed the bound by the number of threads.</remarks>
    public IReadOnlyList<DestinationState> Admit(IReadOnlyList<DestinationState> offered, bool isRepeatable, out bool isTrial)
    {
        isTrial = false;
        List<DestinationState>? closed = null;
        var all = true;
        for (var i = 0; i < offered.Count; i++)
        {
            var destination = offered[i];
            var hasRoom = HasRoom(destination);
            var circuit = Of(destination);
            if (hasRoom && !circuit.IsClosed && circuit.TryBeginTrial(isRepeatable))
            {
                isTrial = true;
                return [destination];
            }

            if (hasRoom && circuit.IsClosed)
            {
                closed?.Add(destination);
            }
            else if (all)
            {
                all = false;
                closed = [.. offered.Take(i)];
            }
        }

        return all ? offered : closed!.Count > 0 ? closed : [.. offered.Where(HasRoom)];
    }

    /// <summary>The opinions in one: unhealthy when the probes or the circuit say so, unknown when no probe has judged yet.</summary>
    public DestinationHealth Verdict(DestinationState destination) => (destination.Health.Active, Of(destination).State) switch
    {
        (DestinationHealth.Unhealthy, _) or (_, not CircuitState.Closed) => DestinationHealth.Unhealthy,
        var (active, _) => active,
    };

    private bool HasRoom(DestinationState destination) => destination.ConcurrentRequestCount < _options.MaxConcurrentRequests;
}
