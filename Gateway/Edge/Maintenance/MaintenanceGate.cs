using System.Globalization;
using Slipway.Gateway.Forwarding;

namespace Slipway.Gateway.Edge.Maintenance;

/// <summary>Stops requests in maintenance and holds them in a pause; health probes pass.</summary>
internal sealed class MaintenanceGate(RequestDelegate next, MaintenanceSwitch maintenance, PauseGate pause, EdgeMetrics metrics)
{
    /// <summary>In seconds, for requests that a pause could not hold.</summary>
    private const string PauseRetryAfter = "5";

    public Task InvokeAsync(HttpContext context)
    {
        if (ProbeExemption.IsProbe(context))
            return next(context);
        if (maintenance.Current is { } state)
            return Refuse(context, state);
        if (!pause.TryEnter(out var ticket))
            return Refuse(context, "pause-full", "More requests are waiting already than the Gateway holds. The request was not sent anywhere.");
        return ticket is null ? next(context) : Hold(context, ticket);
    }

    private async Task Hold(HttpContext context, PauseGate.Ticket ticket)
    {
        bool mayGo;
        try
        {
            mayGo = await pause.WaitAsync(ticket, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }

        if (!mayGo)
        {
            await Refuse(context, "pause-timeout", "The Gateway held the request for as long as it may. The request was not sent anywhere.");
            return;
        }

        Task going;
        try
        {
            // Whoever was held during a maintenance that began meanwhile is told so.
            going = maintenance.Current is { } state ? Refuse(context, state) : next(context);
        }
        finally
        {
            pause.Gone();
        }

        await going;
    }

    private Task Refuse(HttpContext context, MaintenanceState state)
    {
        metrics.Refused("maintenance");
        context.Response.Headers.RetryAfter = state.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        if (MaintenancePage.IsPreferred(context.Request))
            return MaintenancePage.WriteAsync(context, state);
        return EdgeProblem.WriteAsync(context, EdgeProblem.Of(
            StatusCodes.Status503ServiceUnavailable, GatewayProblems.Urn("maintenance"), "Down for maintenance",
            state.Message ?? "The service is being worked on. The request was not sent anywhere."));
    }

    private Task Refuse(HttpContext context, string reason, string detail)
    {
        metrics.Refused(reason);
        context.Response.Headers.RetryAfter = PauseRetryAfter;
        return EdgeProblem.WriteAsync(context, EdgeProblem.Of(
            StatusCodes.Status503ServiceUnavailable, GatewayProblems.Urn("paused"), "The Gateway is paused", detail));
    }
}
