using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Edge.Headers;
using Slipway.Gateway.Forwarding;
using Slipway.Gateway.Protection.Clients;

namespace Slipway.Gateway.Protection.Requests;

/// <summary>Looks over a request's head: refuses what is too large, takes off what only services may say.</summary>
internal sealed class RequestHead(RequestDelegate next, ProtectionMetrics metrics, IOptions<GatewayOptions> options)
{
    /// <summary>By which HTTP/2 opens a WebSocket (RFC 8441).</summary>
    private const string WebSocket = "websocket";

    private readonly HeadLimitOptions _limits = options.Value.Limits.Head;
    private readonly long _maxBodyBytes = options.Value.Requests.MaxBodyBytes;

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsConnect(request.Method) && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true, Protocol: WebSocket })
            return Refuse(context, "method", NoTunnel(context));
        if (!IsHost(request.Host) && !context.IsExempt())
            return Refuse(context, "host", BadHost());
        if (context.Features.Get<IHttpRequestFeature>()!.RawTarget.Length > _limits.MaxUrlBytes)
            return Refuse(context, "url", TooLongUrl());
        var (bytes, count, hasInternal) = Measure(request.Headers);
        if (bytes > _limits.MaxHeaderBytes || count > _limits.MaxHeaders)
            return Refuse(context, "headers", TooLargeHeaders());
        if (request.ContentLength > _maxBodyBytes)
            return Refuse(context, "body", TooLargeBody());
        if (hasInternal)
            TakeOff(request.Headers);
        return next(context);
    }

    private static (int Bytes, int Count, bool HasInternal) Measure(IHeaderDictionary headers)
    {
        var (bytes, count, hasInternal) = (0, 0, false);
        foreach (var (name, values) in headers)
        {
            // A header that came several times counts as often.
            foreach (var value in values)
            {
                bytes += name.Length + (value?.Length ?? 0);
                count++;
            }

            hasInternal |= InternalHeaders.IsInternal(name);
        }

        return (bytes, count, hasInternal);
    }

    private static void TakeOff(IHeaderDictionary headers)
    {
        foreach (var name in headers.Keys.Where(InternalHeaders.IsInternal).ToList())
            headers.Remove(name);
    }

    /// <summary>The server looks at the characters only; without a host, or with what can be none, the request would fail on its way to the destination.</summary>
    private static bool IsHost(HostString host) =>
        host is { HasValue: true, Port: null or (>= 0 and <= ushort.MaxValue) } && HostFilter.IsWellFormed(host.Host);

    private static ProblemHttpResult BadHost() => TypedResults.Problem(
        "The header Host is no name or address with a port of at most 65535.",
        statusCode: StatusCodes.Status400BadRequest, title: "The host is malformed", type: GatewayProblems.Urn("host-malformed"));

    /// <summary>No destination can be asked for a tunnel: the attempt would fail and look like the destination's fault, also to its circuit.</summary>
    private static ProblemHttpResult NoTunnel(HttpContext context)
    {
        // An empty list says so too (RFC 9110 section 10.2.1).
        context.Response.Headers.Allow = "";
        return TypedResults.Problem(
            "The Gateway opens no tunnels.", statusCode: StatusCodes.Status405MethodNotAllowed, title: "The method is not served", type: GatewayProblems.Urn("no-tunnel"));
    }

    private ProblemHttpResult TooLongUrl() => TypedResults.Problem(
        $"Path and query are longer than {_limits.MaxUrlBytes} bytes.",
        statusCode: StatusCodes.Status414UriTooLong, title: "The address is too long", type: GatewayProblems.Urn("url-too-long"));

    private ProblemHttpResult TooLargeHeaders() => TypedResults.Problem(
        $"The headers are more than {_limits.MaxHeaders} or larger than {_limits.MaxHeaderBytes} bytes.",
        statusCode: StatusCodes.Status431RequestHeaderFieldsTooLarge, title: "The headers are too large", type: GatewayProblems.Urn("headers-too-large"));

    private ProblemHttpResult TooLargeBody() => TypedResults.Problem(
        $"The body is larger than {_maxBodyBytes} bytes.",
        statusCode: StatusCodes.Status413PayloadTooLarge, title: "The request body is too large", type: GatewayProblems.Urn("body-too-large"));

    private Task Refuse(HttpContext context, string limit, ProblemHttpResult problem)
    {
        metrics.RefusedHead(limit);
        return problem.ExecuteAsync(context);
    }
}
