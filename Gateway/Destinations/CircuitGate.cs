using Slipway.Gateway.Forwarding;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Slipway.Gateway.Destinations;

/// <summary>Every destination that could take the request has as many under way as it may. Nothing was sent.</summary>
internal sealed class DestinationsFull : Exception, IForwarderErrorFeature
{
    public ForwarderError Error => ForwarderError.NoAvailableDestinations;

    public Exception Exception => this;
}

/// <summary>Leaves out destinations whose circuit is open or that have no room, and tells the circuit what became of the attempt.</summary>
internal sealed class CircuitGate(RequestDelegate next, DestinationCircuits circuits, GatewayMetrics metrics, ILogger<CircuitGate> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var offered = proxy.AvailableDestinations;
        var plan = context.Features.Get<AttemptPlan>();
        var admitted = circuits.Admit(offered, plan is not null, out var isTrial);
        if (admitted.Count == 0 && offered.Count > 0)
        {
            metrics.Full(proxy.Cluster.Config.ClusterId);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Features.Set<IForwarderErrorFeature>(new DestinationsFull());
            return;
        }

        proxy.AvailableDestinations = admitted;
        if (plan is not null)
            (plan.Admitted, plan.IsTrial) = (admitted, isTrial);
        await next(context);
        // Where a second attempt was quicker, the first one is judged when it ends.
        if (proxy.ProxiedDestination is { } destination && plan is not { FirstIsLate: true } && !context.RequestAborted.IsCancellationRequested)
            Judge(destination, DestinationCircuit.Failed(context.Features.Get<IForwarderErrorFeature>()), isTrial);
    }

    private void Judge(DestinationState destination, bool? failed, bool isTrial)
    {
        if (failed is { } known && circuits.Of(destination).Judge(known, isTrial))
        {
            metrics.Opened(destination.DestinationId);
            logger.CircuitOpened(destination.DestinationId);
        }
    }
}
