using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Ports that the model fixes are looked at before anything starts: the orchestrator would wait for a busy one without a word,
/// and the resource would look healthy on somebody else's port.
/// </summary>
internal static class FixedPorts
{
    /// <summary>Sets <see cref="AppResource.Obstacle"/> on each resource that can't have its port.</summary>
    public static void Check(IEnumerable<AppResource> resources)
    {
        var owners = new Dictionary<(ProtocolType Protocol, int Port), (string Resource, string Endpoint)>();
        foreach (var resource in resources)
        {
            foreach (var service in resource.Services.Where(s => s.IsPrimary))
            {
                if (FixedPort(service) is not { } port)
                {
                    continue;
                }

                var endpoint = service.Endpoint;
                var key = (endpoint.Protocol, port);
                if (owners.TryGetValue(key, out var other))
                {
                    resource.Obstacle ??=
                        $"Endpoint '{endpoint.Name}' of resource '{resource.Name}' wants port {port}, which endpoint '{other.Endpoint}' of resource '{other.Resource}' has already. Give one of them another port.";
                }
                else if (IsBusy(endpoint, port))
                {
                    resource.Obstacle ??=
                        $"Endpoint '{endpoint.Name}' of resource '{resource.Name}' needs port {port}, which is in use by {PortOwner.Describe(port)}. End that process or give the endpoint another port.";
                }
                else
                {
                    owners.Add(key, (resource.Name, endpoint.Name));
                }
            }
        }
    }

    /// <summary>A container that outlives the run may hold its port legitimately.</summary>
    private static int? FixedPort(AppService service)
    {
        if (service.Owner.Kind == AppResourceKind.Container && service.Owner.IsPersistent)
        {
            return null;
        }

        return service.Definition.Spec.Port;
    }

    private static bool IsBusy(EndpointAnnotation endpoint, int port)
    {
        var (address, _) = EndpointAddresses.Normalize(endpoint.TargetHost);
        if (!IPAddress.TryParse(address, out var ip))
        {
            ip = IPAddress.Loopback;
        }

        var (socketType, protocol) = endpoint.Protocol == ProtocolType.Udp ? (SocketType.Dgram, ProtocolType.Udp) : (SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var socket = new Socket(ip.AddressFamily, socketType, protocol);
            socket.Bind(new IPEndPoint(ip, port));
            if (socketType == SocketType.Stream)
            {
                socket.Listen();
            }

            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.AddressAlreadyInUse;
        }
    }
}

/// <summary>Which process listens on a port, where /proc tells it.</summary>
internal static class PortOwner
{
    public static string Describe(int port)
    {
        try
        {
            var inodes = new[] { "/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6" }.Where(File.Exists).SelectMany(f => Inodes(f, port)).ToHashSet();
            return inodes.Count > 0 && Find(inodes) is { } owner ? owner : "another process";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }

    /// <summary>
    /// A line is <c>0: 0100007F:1F90 00000000:0000 0A … inode …</c>; the port is hexadecimal, state 0A means listening (07 for UDP),
    /// the inode is the tenth field.
    /// </summary>
    private static IEnumerable<string> Inodes(string file, int port)
    {
        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (var line in File.ReadLines(file).Skip(1))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 9 && fields[1].EndsWith(suffix, StringComparison.Ordinal) && fields[3] is "0A" or "07")
            {
                yield return $"socket:[{fields[9]}]";
            }
        }
    }

    private static string? Find(HashSet<string> sockets)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])))
        {
            try
            {
                if (Directory.EnumerateFiles(Path.Combine(process, "fd")).Any(fd => new FileInfo(fd).LinkTarget is { } target && sockets.Contains(target)))
                {
                    var name = File.ReadAllText(Path.Combine(process, "comm")).Trim();
                    return $"process {Path.GetFileName(process)} ({name})";
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Ended meanwhile, or somebody else's.
            }
        }

        return null;
    }
}
