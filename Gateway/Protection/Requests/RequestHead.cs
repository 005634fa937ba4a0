using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Forwarding;
using Slipway.Gateway.Protection.Clients;

namespace Slipway.Gateway.Protection.Requests;

/// <summary>Looks over a request's head: refuses what is too large, takes off what only services may say.</summary>
internal sealed class RequestHead(RequestDelegate next, ProtectionMetrics metrics, IOptions<GatewayOptions> options)
{
    private readonly HeadLimitOptions _limits = options.Value.Limits.Head;
    private readonly long _maxBodyBytes = options.Value.Requests.MaxBodyBytes;

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
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
