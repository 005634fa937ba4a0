using System.Net;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>What others use to reach an endpoint that listens on <see cref="EndpointAnnotation.TargetHost"/>.</summary>
internal static class EndpointAddresses
{
    /// <summary>Anything but one certain IP address is reached as <c>localhost</c>.</summary>
    public static (string Address, EndpointBindingMode Mode) Normalize(string? targetHost)
    {
        if (string.IsNullOrEmpty(targetHost)
            || string.Equals(targetHost, "localhost", StringComparison.OrdinalIgnoreCase)
            || targetHost.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
        {
            return ("localhost", EndpointBindingMode.SingleAddress);
        }

        if (!IPAddress.TryParse(targetHost, out var ip))
        {
            return ("localhost", EndpointBindingMode.DualStackAnyAddresses);
        }

        if (IPAddress.Any.Equals(ip))
        {
            return ("localhost", EndpointBindingMode.IPv4AnyAddresses);
        }

        return IPAddress.IPv6Any.Equals(ip) ? ("localhost", EndpointBindingMode.IPv6AnyAddresses) : (targetHost, EndpointBindingMode.SingleAddress);
    }
}
