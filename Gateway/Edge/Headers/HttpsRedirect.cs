using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Edge.Tls;
using Slipway.Gateway.Forwarding;

namespace Slipway.Gateway.Edge.Headers;

/// <summary>Brings http requests to https: 308, which keeps method and body (RFC 9110 section 15.4.9).</summary>
internal sealed class HttpsRedirect(RequestDelegate next, IOptions<GatewayOptions> options, HttpsAddresses addresses, IServer server)
{
    private const int Default = 443;

    /// <summary>Known once the server listens: an address with port 0 takes a free one.</summary>
    private readonly Lazy<int> _port = new(() => options.Value.Https.Port ?? (addresses.Port is 0 ? Bound(server) : addresses.Port) ?? Default);

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

        var host = _port.Value == Default ? new HostString(request.Host.Host) : new HostString(request.Host.Host, _port.Value);
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = UriHelper.BuildAbsolute("https", host, request.PathBase, request.Path, request.QueryString);
        return Task.CompletedTask;
    }

    private static int? Bound(IServer server) =>
        (from address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []
         let parsed = BindingAddress.Parse(address)
         where parsed.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase)
         select (int?)parsed.Port).FirstOrDefault();
}
