using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Destinations;
using Yarp.ReverseProxy.Forwarder;

namespace Slipway.Gateway.Forwarding;

/// <summary>The Gateway's own answers (RFC 9457). Anything that a destination answered is not touched.</summary>
internal sealed class GatewayProblems(RequestDelegate next, GatewayMetrics metrics, IOptions<GatewayOptions> options)
{
    /// <summary>Not a registered status: the client closed its connection before an answer. It is counted, nobody reads it.</summary>
    private const int ClientLeft = StatusCodes.Status499ClientClosedRequest;

    private readonly string _retryAfter =
        Math.Ceiling(options.Value.Requests.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    public async Task InvokeAsync(HttpContext context)
    {
        // A destination's empty 404 is its answer; nobody writes a problem into it.
        if (context.Features.Get<IStatusCodePagesFeature>() is { } pages)
            pages.Enabled = false;
        await next(context);
        if (!context.Response.HasStarted && context.Features.Get<IForwarderErrorFeature>() is { } error)
            await Answer(context, error);
        metrics.Answered(context.GetReverseProxyFeature().Cluster.Config.ClusterId, context.Response.StatusCode);
    }

    /// <summary>For paths that no route covers.</summary>
    public static IResult NoRoute(HttpContext context) => TypedResults.Problem(
        $"The Gateway forwards nothing under {context.Request.Path}.",
        statusCode: StatusCodes.Status404NotFound, title: "No such route", type: Urn("no-route"));

    private Task Answer(HttpContext context, IForwarderErrorFeature error)
    {
        // The route's timeout cancels the request just as a leaving client does, and YARP answers 400 to both.
        var timedOut = context.Features.Get<IHttpRequestTimeoutFeature>()?.RequestTimeoutToken.IsCancellationRequested == true;
        if (timedOut)
        {
            context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
            context.RequestAborted = CancellationToken.None;
        }
        else if (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = ClientLeft;
            return Task.CompletedTask;
        }

        var problem = Describe(context, error);
        if (problem is null)
            return Task.CompletedTask;
        if (problem.StatusCode == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = _retryAfter;
        return problem.ExecuteAsync(context);
    }

    private static ProblemHttpResult? Describe(HttpContext context, IForwarderErrorFeature error)
    {
        if (error is DestinationsFull)
        {
            return Problem(StatusCodes.Status503ServiceUnavailable, "busy", "The service is busy",
                "Every replica has as many requests under way as it may have. The request was not sent and may be repeated.");
        }

        if (error.Error == ForwarderError.NoAvailableDestinations)
        {
            return Problem(StatusCodes.Status503ServiceUnavailable, "no-destination", "No destination",
                "No address of the service is known. The request was not sent anywhere.");
        }

        var failure = FailedAttempt.Of(error);
        if (failure is { Reason: FailedAttempt.Silent })
            return Timeout();
        if (failure is { NeverSent: true } unreachable)
        {
            return Problem(StatusCodes.Status503ServiceUnavailable, "unreachable", "The service can't be reached",
                $"No destination accepted a connection ({unreachable.Reason}). The request was not sent and may be repeated.");
        }

        return context.Response.StatusCode switch
        {
            StatusCodes.Status504GatewayTimeout => Timeout(),
            StatusCodes.Status502BadGateway => Problem(StatusCodes.Status502BadGateway, "broken", "The service broke off",
                "The connection failed before an answer was complete; whether the request was carried out is not known."),
            StatusCodes.Status413PayloadTooLarge => Problem(StatusCodes.Status413PayloadTooLarge, "body-too-large", "The request body is too large",
                "The body is larger than the Gateway accepts."),
            StatusCodes.Status408RequestTimeout => Problem(StatusCodes.Status408RequestTimeout, "body-timeout", "The request body stopped",
                "The client sent nothing more of the request body for too long."),
            StatusCodes.Status400BadRequest => Problem(StatusCodes.Status400BadRequest, "bad-request", "The request is malformed",
                "The request could not be read to its end."),
            _ => null,
        };
    }

    private static ProblemHttpResult Timeout() => Problem(StatusCodes.Status504GatewayTimeout, "timeout", "The service did not answer in time",
        "The request was sent; whether it was carried out is not known.");

    private static ProblemHttpResult Problem(int status, string name, string title, string detail) =>
        TypedResults.Problem(detail, statusCode: status, title: title, type: Urn(name));

    internal static string Urn(string name) => $"urn:slipway:problem:gateway:{name}";
}
