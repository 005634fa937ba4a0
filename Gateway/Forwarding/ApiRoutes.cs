using Slipway.Gateway.Destinations;
using Yarp.ReverseProxy.Configuration;

namespace Slipway.Gateway.Forwarding;

/// <summary>The paths that belong to the Api; everything else is the Gateway's own or nobody's.</summary>
internal static class ApiRoutes
{
    public static readonly IReadOnlyList<string> Prefixes = ["applications", "releases", "audit", "access", "openapi", "docs"];

    public static IReadOnlyList<RouteConfig> Compile(RequestOptions options) =>
    [
        .. Prefixes.Select(prefix => new RouteConfig
        {
            RouteId = prefix,
            ClusterId = ApiCluster.Id,
            // Also matches the prefix alone, with and without a slash.
            Match = new RouteMatch { Path = $"/{prefix}/{{**rest}}" },
            Timeout = options.Timeout,
        }),
    ];
}
