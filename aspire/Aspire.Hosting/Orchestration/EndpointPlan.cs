using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Parameters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Which public addresses the resources get, and, once the orchestrator has chosen the ports, what others read from their endpoints.</summary>
internal sealed partial class EndpointPlan(
    ResourceNames names,
    IConfiguration configuration,
    UserSecretsStore secrets,
    ILogger<EndpointPlan> logger)
{
    /// <summary>Ports for containers that outlive the run: outside the range from which the system gives out its own.</summary>
    private const int FirstPersistentPort = 10_000;
    private const int LastPersistentPort = 32_767;

    /// <summary>Name under which containers reach this machine.</summary>
    private const string DefaultContainerHostName = "host.docker.internal";

    private readonly List<AppService> _secondary = [];

    private bool RandomizePorts => configuration.GetValue<bool>("DcpPublisher:RandomizePorts");

    /// <summary>All services to create, those for containers included.</summary>
    public IEnumerable<AppService> AllServices(IEnumerable<AppResource> resources) => resources.SelectMany(r => r.Services).Concat(_secondary);

    /// <summary>Decides for endpoints that left it open whether they have a proxy: not where the resource outlives the proxy.</summary>
    public static void ResolveProxies(IEnumerable<IResource> resources)
    {
        foreach (var resource in resources)
        {
            var byDefault = !ResourceNames.IsPersistent(resource)
                && !(resource.TryGetLastAnnotation<ProxySupportAnnotation>(out var support) && !support.ProxyEnabled);
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.IsExplicitlyProxied is null))
            {
                endpoint.ResolveIsProxied(byDefault);
            }
        }
    }

    public void Prepare(IReadOnlyCollection<AppResource> resources)
    {
        foreach (var resource in resources)
        {
            foreach (var endpoint in resource.Model.Annotations.OfType<EndpointAnnotation>())
            {
                if (resource.Services.Any(s => ResourceNotificationService.NamesEqual(s.Endpoint.Name, endpoint.Name)))
                {
                    LogDuplicate(endpoint.Name, resource.Name);
                    continue;
                }

                EnsureProxylessPort(resource, endpoint);
                resource.Services.Add(PrimaryService(resource, endpoint));
            }
        }

        if (resources.Any(r => r.Kind == AppResourceKind.Container))
        {
            _secondary.AddRange(resources.Where(r => r.Kind != AppResourceKind.Container).SelectMany(r => r.Services).Select(SecondaryService));
        }
    }

    /// <summary>Called when the public ports of the resource are known.</summary>
    /// <param name="withContainers">Whether containers may ask for the address too.</param>
    public void Allocate(AppResource resource, AppService service, int port, bool withContainers)
    {
        var endpoint = service.Endpoint;
        var (address, mode) = EndpointAddresses.Normalize(endpoint.TargetHost);
        var target = endpoint.TargetPort?.ToInvariant() ?? DcpTemplates.PortForServing(service.ServiceName);
        var local = new AllocatedEndpoint(endpoint, address, port, mode, target, KnownNetworkIdentifiers.LocalhostNetwork);
        endpoint.AllocatedEndpoint = local;
        endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(KnownNetworkIdentifiers.LocalhostNetwork, local);
        if (!withContainers)
        {
            return;
        }

        var network = KnownNetworkIdentifiers.DefaultAspireContainerNetwork;
        var inside = resource.Kind == AppResourceKind.Container
            ? new AllocatedEndpoint(endpoint, $"{resource.Name}.dev.internal", endpoint.TargetPort!.Value, targetPortExpression: target, networkID: network)
            : new AllocatedEndpoint(endpoint, configuration["AppHost:ContainerHostname"] ?? DefaultContainerHostName, port, targetPortExpression: target, networkID: network);
        endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(network, inside);
    }

    /// <summary>Those who read the endpoint fail with <paramref name="reason"/> instead of waiting for an address that never comes.</summary>
    public static void Refuse(AppService service, string reason)
    {
        var failure = new DistributedApplicationException(reason);
        foreach (var network in service.Endpoint.AllAllocatedEndpoints)
        {
            network.Snapshot.SetException(failure);
        }

        service.Endpoint.AllocatedEndpointSnapshot.SetException(failure);
    }

    private AppService PrimaryService(AppResource resource, EndpointAnnotation endpoint)
    {
        var name = names.ServiceName(resource.Model, endpoint);
        var definition = new DcpService
        {
            Metadata = new DcpMetadata
            {
                Name = name,
                Annotations = new() { ["endpoint-name"] = endpoint.Name, ["resource-name"] = resource.Name },
            },
            Spec = new DcpServiceSpec
            {
                Address = endpoint.TargetHost,
                Port = endpoint.IsProxied && RandomizePorts ? null : PublicPort(resource, endpoint),
                Protocol = Protocol(endpoint),
                AddressAllocationMode = endpoint.IsProxied ? "Localhost" : "Proxyless",
            },
        };
        return new AppService(resource, endpoint, name, definition);
    }

    /// <summary>Without the container tunnel nothing is behind it; it tells which host address belongs to which endpoint.</summary>
    private AppService SecondaryService(AppService primary)
    {
        var name = names.ServiceName(primary.Owner.Model, primary.Endpoint);
        var definition = new DcpService
        {
            Metadata = new DcpMetadata
            {
                Name = name,
                Annotations = new()
                {
                    ["endpoint-name"] = primary.Endpoint.Name,
                    ["resource-name"] = primary.Owner.Name,
                    ["container-network"] = KnownNetworkIdentifiers.DefaultAspireContainerNetwork.Value,
                    ["primary-service-name"] = primary.ServiceName,
                    ["container-tunnel-instance-name"] = string.Empty,
                },
            },
            Spec = new DcpServiceSpec { Protocol = Protocol(primary.Endpoint), AddressAllocationMode = "Proxyless" },
        };
        return new AppService(primary.Owner, primary.Endpoint, name, definition) { IsPrimary = false };
    }

    /// <summary>Without a proxy nobody else chooses the port, so it is chosen here.</summary>
    private void EnsureProxylessPort(AppResource resource, EndpointAnnotation endpoint)
    {
        if (endpoint.IsProxied || PublicPort(resource, endpoint) is not null)
        {
            return;
        }

        if (!resource.IsPersistent)
        {
            if (resource.Kind != AppResourceKind.Container)
            {
                endpoint.Port = FreePort(0);
            }

            return;
        }

        var key = $"Resources:{resource.Name}:{endpoint.Name}:port";
        if (configuration.GetValue<int?>(key) is { } configured)
        {
            endpoint.Port = configured;
            return;
        }

        var port = secrets.GetOrAdd(key, () => FreePort(RandomNumberGenerator.GetInt32(FirstPersistentPort, LastPersistentPort + 1)).ToInvariant());
        endpoint.Port = int.Parse(port, CultureInfo.InvariantCulture);
        if (!secrets.IsAvailable)
        {
            LogPortNotKept(endpoint.Port.Value, endpoint.Name, resource.Name);
        }
    }

    /// <summary>A container that outlives the run never takes the port inside the container for its public one.</summary>
    private static int? PublicPort(AppResource resource, EndpointAnnotation endpoint) =>
        resource.Kind == AppResourceKind.Container && resource.IsPersistent ? endpoint.SpecifiedPort : endpoint.Port;

    private static string Protocol(EndpointAnnotation endpoint) => endpoint.Protocol == ProtocolType.Udp ? "UDP" : "TCP";

    /// <summary><paramref name="preferred"/> when it is free, else any.</summary>
    private static int FreePort(int preferred)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, preferred);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException)
        {
            return FreePort(0);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Encountered the same service-endpoint combination more than once for {Endpoint} on resource {Resource} when creating default endpoint services. This should never happen.")]
    private partial void LogDuplicate(string endpoint, string resource);

    [LoggerMessage(2, LogLevel.Warning, "Failed to persist public port {Port} for proxyless endpoint '{Endpoint}' on persistent resource '{Resource}'. Enable user secrets, set a fixed public port, or configure the endpoint to use a proxy to avoid recreating the persistent resource each run.")]
    private partial void LogPortNotKept(int port, string endpoint, string resource);
}
