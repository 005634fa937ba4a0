using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Edge.Tls;
using Slipway.Gateway.Forwarding;

namespace Slipway.Gateway.Edge.Headers;

/// <summary>Brings http requests to https: 308, which keeps method and body (RFC 9110 section 15.4.9).</summary>
internal sealed class HttpsRedirect(RequestDelegate next, IOptions<GatewayOptions> options, HttpsAddresses addresses)
{
    private const int Default = 443;

    private readonly int _port = options.Value.Https.Port ?? (addresses.Port is > 0 and var own ? own : Default);

    public static bool IsOn(GatewayOptions options) => options.Https.Redirect ?? options.Tls.Certificates.Count > 0;

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.IsHttps || ProbeExemption.IsProbe(context))
            return next(context);
        if (!request.Host.HasValue)
        {
            return EdgeProblem.WriteAsync(context, EdgeProblem.Of(
                StatusCodes.Status400BadRequest, GatewayProblems.Urn("no-host"), "The request names no host", "Without it there is no https address to go to."));
        }

        var host = _port == Default ? new HostString(request.Host.Host) : new HostString(request.Host.Host, _port);
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = UriHelper.BuildAbsolute("https", host, request.PathBase, request.Path, request.QueryString);
        return Task.CompletedTask;
    }
}
