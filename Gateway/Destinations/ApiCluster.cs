using Slipway.Gateway.Connections;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace Slipway.Gateway.Destinations;

/// <summary>Compiles options and addresses into the one cluster that serves the Api's routes.</summary>
internal static class ApiCluster
{
    public const string Id = "api";

    public static ClusterConfig Compile(GatewayOptions options, IReadOnlyList<Uri> addresses)
    {
        var http2 = options.Connections.Protocol == DestinationProtocol.Http2;
        return new ClusterConfig
        {
            ClusterId = Id,
            LoadBalancingPolicy = LoadBalancingPolicies.PowerOfTwoChoices,
            // Named by its address: a destination keeps its health and its connections when its place in the list changes.
            Destinations = addresses.ToDictionary(
                address => address.Authority,
                address => new DestinationConfig { Address = address.AbsoluteUri },
                StringComparer.OrdinalIgnoreCase),
            HealthCheck = Health(options.Destinations),
            SessionAffinity = options.Affinity.Compile(),
            HttpRequest = new ForwarderRequestConfig
            {
                ActivityTimeout = options.Requests.ActivityTimeout,
                Version = http2 ? System.Net.HttpVersion.Version20 : System.Net.HttpVersion.Version11,
                VersionPolicy = http2 ? HttpVersionPolicy.RequestVersionExact : HttpVersionPolicy.RequestVersionOrHigher,
            },
        };
    }

    /// <summary>Probes only: what requests tell is the business of <see cref="DestinationCircuits"/>, which counts silence and tries by single requests.</summary>
    private static HealthCheckConfig Health(DestinationOptions options) => new()
    {
        // When none looks healthy all are used: with one address a blip of one replica behind it must not turn into 503 for everybody.
        AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
        Active = new ActiveHealthCheckConfig
        {
            Enabled = true,
            Path = options.HealthPath,
            Interval = options.ProbeInterval,
            Timeout = options.ProbeTimeout,
            Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
        },
    };
}
