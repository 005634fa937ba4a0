using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Forwarding;
using Slipway.Gateway.Protection.Clients;
using Slipway.Gateway.Protection.Rates;

namespace Slipway.Gateway.Protection.Load;

/// <summary>Holds a slot of the <see cref="LoadGate"/> while a request waits for its answer's first byte, and refuses with 503 when there is none.</summary>
/// <remarks>Not longer: how quickly a client reads, and how long a WebSocket or an event stream stays open, says nothing about load.</remarks>
internal sealed class LoadShedding(
    RequestDelegate next, LoadGate gate, LimitRules rules, ClientOf clientOf, ProtectionMetrics metrics, IOptions<GatewayOptions> options)
{
    private readonly bool _enabled = options.Value.Limits.Load.Enabled;
    private readonly string _retryAfter =
        Math.Ceiling(options.Value.Requests.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    public Task InvokeAsync(HttpContext context)
    {
        if (!_enabled || context.IsExempt())
            return next(context);
        var priority = PriorityOf(context);
        return priority == RequestPriority.Critical ? next(context) : Serve(context, priority);
    }

    private async Task Serve(HttpContext context, RequestPriority priority)
    {
        var uploads = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;
        var (slot, shed) = await gate.EnterAsync(priority, uploads, context.RequestAborted);
        if (slot is null)
        {
            metrics.Shed(priority, shed!.Value);
            await Refuse(context);
            return;
        }

        context.Response.OnStarting(static state => Begun((LoadGate.Slot)state), slot);
        try
        {
            await next(context);
        }
        finally
        {
            slot.Dropped();
        }
    }

    private static Task Begun(LoadGate.Slot slot)
    {
        slot.Answered();
        return Task.CompletedTask;
    }

    private RequestPriority PriorityOf(HttpContext context)
    {
        if (rules.PriorityOf(rules.RouteOf(context.Request)) is { } configured)
            return configured;
        if (!ClientNames.IsAddress(clientOf.Request(context)))
            return RequestPriority.High;
        var reads = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method);
        return reads && clientOf.Credential(context) is null ? RequestPriority.Bulk : RequestPriority.Normal;
    }

    private Task Refuse(HttpContext context)
    {
        context.Response.Headers.RetryAfter = _retryAfter;
        return TypedResults.Problem(
            "More requests are under way than can be answered in time. This one was not sent on and may be repeated.",
            statusCode: StatusCodes.Status503ServiceUnavailable, title: "Too busy", type: GatewayProblems.Urn("overloaded")).ExecuteAsync(context);
    }
}
