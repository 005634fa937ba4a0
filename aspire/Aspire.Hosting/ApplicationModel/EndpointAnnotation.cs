using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Where a resource listens: the public port (of the proxy) and the port of the process behind it.</summary>
[DebuggerDisplay("{Name}: {UriScheme} {Port}->{TargetPort}")]
public sealed class EndpointAnnotation : IResourceAnnotation
{
    private string? _transport;
    private int? _port;
    private bool _portSetToNull;
    private int? _targetPort;
    private bool _targetPortSetToNull;
    private bool? _tlsEnabled;
    private bool _isProxied = true;
    private bool? _isExplicitlyProxied;

    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="uriScheme">Null: <c>tcp</c> or <c>udp</c>.</param>
    /// <param name="transport">Null: <c>http</c> for http and https, else the protocol.</param>
    /// <param name="name">Null: the scheme.</param>
    /// <param name="port">Public port; null: chosen at start.</param>
    /// <param name="targetPort">Port of the process or inside the container; null: chosen at start.</param>
    /// <param name="isExternal">Reachable from outside when published; null: no.</param>
    /// <param name="isProxied">Null: decided from the lifetime of the resource, else yes.</param>
    public EndpointAnnotation(
        ProtocolType protocol,
        string? uriScheme = null,
        string? transport = null,
        string? name = null,
        int? port = null,
        int? targetPort = null,
        bool? isExternal = null,
        bool? isProxied = null)
        : this(protocol, networkId: null, uriScheme, transport, name, port, targetPort, isExternal, isProxied)
    {
    }

    public EndpointAnnotation(
        ProtocolType protocol,
        NetworkIdentifier? networkId,
        string? uriScheme = null,
        string? transport = null,
        string? name = null,
        int? port = null,
        int? targetPort = null,
        bool? isExternal = null,
        bool? isProxied = null)
    {
        UriScheme = uriScheme ?? protocol.ToString().ToLowerInvariant();
        Name = name ?? UriScheme;
        ModelName.ValidateName(nameof(EndpointAnnotation), Name);
        Protocol = protocol;
        _transport = transport;
        _port = port;
        _targetPort = targetPort;
        IsExternal = isExternal ?? false;
        IsExplicitlyProxied = isProxied;
        DefaultNetworkID = networkId ?? KnownNetworkIdentifiers.LocalhostNetwork;
        AllAllocatedEndpoints.TryAdd(DefaultNetworkID, AllocatedEndpointSnapshot);
    }

    public string Name { get; set; }

    public ProtocolType Protocol { get; set; }

    /// <summary>Public port. Without a proxy it is the target port unless set. Null: chosen at start.</summary>
    public int? Port
    {
        get => _port ?? (IsProxied || _portSetToNull ? null : _targetPort);
        set
        {
            _port = value;
            _portSetToNull = value is null;
        }
    }

    /// <summary>Port on which the process listens. Without a proxy it is the public port unless set. Null: chosen at start.</summary>
    public int? TargetPort
    {
        get => _targetPort ?? (IsProxied || _targetPortSetToNull ? null : _port);
        set
        {
            _targetPort = value;
            _targetPortSetToNull = value is null;
        }
    }

    public string UriScheme { get; set; }

    /// <summary>Address on which the resource listens; <c>localhost</c> unless set.</summary>
    public string TargetHost { get; set; } = "localhost";

    public string Transport
    {
        get => _transport ?? (IsHttpScheme(UriScheme) ? "http" : Protocol.ToString().ToLowerInvariant());
        set => _transport = value;
    }

    public bool IsExternal { get; set; }

    /// <summary>Whether the orchestrator puts its proxy in front.</summary>
    public bool IsProxied
    {
        get => _isProxied;
        set => IsExplicitlyProxied = value;
    }

    /// <summary>What the user said about a proxy; null: nothing.</summary>
    public bool? IsExplicitlyProxied
    {
        get => _isExplicitlyProxied;
        set
        {
            _isExplicitlyProxied = value;
            _isProxied = value ?? true;
        }
    }

    /// <summary>Whether <c>WithReference(resource)</c> leaves this endpoint out.</summary>
    public bool ExcludeReferenceEndpoint { get; set; }

    public bool TlsEnabled
    {
        get => _tlsEnabled ?? string.Equals(UriScheme, "https", StringComparison.OrdinalIgnoreCase);
        set => _tlsEnabled = value;
    }

    public NetworkIdentifier DefaultNetworkID { get; }

    /// <summary>The address on the endpoint's own network; null until it is allocated.</summary>
    public AllocatedEndpoint? AllocatedEndpoint
    {
        get => AllocatedEndpointSnapshot.ValueOrDefault;
        set
        {
            if (value is null)
            {
                AllocatedEndpointSnapshot.SetException(new InvalidOperationException($"The endpoint `{Name}` is not allocated"));
            }
            else
            {
                AllocatedEndpointSnapshot.SetValue(value);
            }
        }
    }

    public NetworkEndpointSnapshotList AllAllocatedEndpoints { get; } = new();

    internal ValueSnapshot<AllocatedEndpoint> AllocatedEndpointSnapshot { get; } = new();

    internal bool FromLaunchProfile { get; set; }

    /// <summary>Variable that carries the target port; such an endpoint stays out of ASPNETCORE_URLS.</summary>
    internal string? TargetPortEnvironmentVariable { get; set; }

    internal int? SpecifiedPort => _port;

    internal void ResolveIsProxied(bool isProxied) => _isProxied = isProxied;

    internal static bool IsHttpScheme(string scheme) =>
        string.Equals(scheme, "http", StringComparison.OrdinalIgnoreCase) || string.Equals(scheme, "https", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Addresses of one endpoint, one per network.</summary>
public class NetworkEndpointSnapshotList : IEnumerable<NetworkEndpointSnapshot>
{
    private readonly ConcurrentDictionary<NetworkIdentifier, ValueSnapshot<AllocatedEndpoint>> _byNetwork = new();

    public bool TryAdd(NetworkIdentifier networkId, ValueSnapshot<AllocatedEndpoint> snapshot) => _byNetwork.TryAdd(networkId, snapshot);

    public void AddOrUpdateAllocatedEndpoint(NetworkIdentifier networkId, AllocatedEndpoint endpoint) =>
        Get(networkId).SetValue(endpoint);

    public Task<AllocatedEndpoint> GetAllocatedEndpointAsync(NetworkIdentifier networkId, CancellationToken cancellationToken = default) =>
        Get(networkId).GetValueAsync(cancellationToken);

    public IEnumerator<NetworkEndpointSnapshot> GetEnumerator() =>
        _byNetwork.Select(pair => new NetworkEndpointSnapshot(pair.Value, pair.Key)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ValueSnapshot<AllocatedEndpoint> Get(NetworkIdentifier networkId) => _byNetwork.GetOrAdd(networkId, static _ => new());
}

/// <summary>An endpoint's address on one network.</summary>
public record class NetworkEndpointSnapshot(ValueSnapshot<AllocatedEndpoint> Snapshot, NetworkIdentifier NetworkID);
