using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Publishing;

/// <summary>Hands out ports from 8000 upwards, one counter for the whole manifest, and leaves out those that are used already.</summary>
internal sealed class PortAllocator(int first = 8000)
{
    private readonly HashSet<int> _used = [];
    private int _next = first;

    public int Allocate()
    {
        while (!_used.Add(_next))
        {
            _next++;
        }

        return _next++;
    }

    public void MarkUsed(int port) => _used.Add(port);
}

/// <summary>Which ports the manifest gives to the endpoints of a resource.</summary>
internal static class EndpointPorts
{
    /// <summary>
    /// Ports of each endpoint in the order of declaration. Target port null: the deployment tool chooses (a project's first http and first https
    /// endpoint). Exposed port null: follows from the target port or is the tool's default.
    /// </summary>
    public static IReadOnlyList<(EndpointAnnotation Endpoint, int? TargetPort, int? ExposedPort)> Resolve(IResource resource, PortAllocator ports)
    {
        var resolved = new List<(EndpointAnnotation, int?, int?)>();
        var schemesWithDefault = new HashSet<string>(StringComparer.Ordinal);
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            var isProjectWeb = resource is ProjectResource && IsWeb(endpoint.UriScheme);
            var isDefault = isProjectWeb && !schemesWithDefault.Contains(endpoint.UriScheme);
            var targetPort = TargetPort(resource, endpoint, isDefault, ports);
            if (isProjectWeb)
            {
                schemesWithDefault.Add(endpoint.UriScheme);
            }

            var exposedPort = endpoint.Port ?? (targetPort is null && !IsWeb(endpoint.UriScheme) ? ports.Allocate() : null);
            MarkUsed(ports, exposedPort);
            MarkUsed(ports, targetPort);
            resolved.Add((endpoint, targetPort, exposedPort));
        }

        return resolved;
    }

    private static int? TargetPort(IResource resource, EndpointAnnotation endpoint, bool isDefault, PortAllocator ports)
    {
        if (endpoint.TargetPort is { } explicitPort)
        {
            return explicitPort;
        }

        if (resource is ContainerResource && endpoint.Port is { } port)
        {
            return port;
        }

        return isDefault ? null : ports.Allocate();
    }

    private static void MarkUsed(PortAllocator ports, int? port)
    {
        if (port is { } used)
        {
            ports.MarkUsed(used);
        }
    }

    private static bool IsWeb(string scheme) => scheme is "http" or "https";
}
