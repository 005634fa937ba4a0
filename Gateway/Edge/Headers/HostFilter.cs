using Microsoft.Extensions.Options;
using Slipway.Gateway.Forwarding;

namespace Slipway.Gateway.Edge.Headers;

/// <summary>Refuses requests for hosts that are not served here: 421 (RFC 9110 section 15.5.20).</summary>
internal sealed class HostFilter(RequestDelegate next, IOptions<GatewayOptions> options, EdgeMetrics metrics)
{
    private readonly string[] _exact = [.. options.Value.Hosts.Where(static host => !host.StartsWith("*.", StringComparison.Ordinal))];

    /// <summary>As <c>.example.com</c>.</summary>
    private readonly string[] _below = [.. options.Value.Hosts.Where(static host => host.StartsWith("*.", StringComparison.Ordinal)).Select(static host => host[1..])];

    /// <returns>False for what could never equal a request's host: ports, paths, wildcards but <c>*.</c> at the beginning.</returns>
    public static bool IsWellFormed(string host)
    {
        var name = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
        return Uri.CheckHostName(name.Trim('[', ']')) != UriHostNameType.Unknown;
    }

    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host.Host;
        if (IsServed(host) || ProbeExemption.IsProbe(context))
            return next(context);
        metrics.Refused("host");
        return EdgeProblem.WriteAsync(context, EdgeProblem.Of(
            StatusCodes.Status421MisdirectedRequest, GatewayProblems.Urn("host-not-served"), "The host is not served here",
            "The request's Host is none of those that this Gateway serves."));
    }

    private bool IsServed(string host)
    {
        foreach (var exact in _exact)
        {
            if (exact.Equals(host, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        foreach (var suffix in _below)
        {
            if (host.Length > suffix.Length && host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
