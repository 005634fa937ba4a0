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

/// <summary>How an endpoint's service address was bound.</summary>
public enum EndpointBindingMode
{
    SingleAddress,
    DualStackAnyAddresses,
    IPv4AnyAddresses,
    IPv6AnyAddresses,
}

/// <summary>The real address and port of an endpoint.</summary>
[DebuggerDisplay("{UriString}")]
public class AllocatedEndpoint(
    EndpointAnnotation endpoint,
    string address,
    int port,
    EndpointBindingMode bindingMode = EndpointBindingMode.SingleAddress,
    string? targetPortExpression = null,
    NetworkIdentifier? networkID = null)
{
    public EndpointAnnotation Endpoint { get; } = endpoint;

    public string Address { get; } = address;

    /// <summary>1 to 65535.</summary>
    public int Port { get; } = port;

    public EndpointBindingMode BindingMode { get; } = bindingMode;

    /// <summary>The target port, or a template that the orchestrator fills in per instance.</summary>
    public string? TargetPortExpression { get; } = targetPortExpression;

    public NetworkIdentifier NetworkID { get; } = networkID ?? KnownNetworkIdentifiers.LocalhostNetwork;

    public string UriScheme => Endpoint.UriScheme;

    public string EndPointString => $"{Address}:{Port}";

    public string UriString => $"{UriScheme}://{EndPointString}";

    public override string ToString() => UriString;
}

/// <summary>Which part of an endpoint is meant.</summary>
public enum EndpointProperty
{
    Url,
    Host,
    IPV4Host,
    Port,
    Scheme,
    TargetPort,
    HostAndPort,
    TlsEnabled,
}

/// <summary>A reference to an endpoint that may be allocated later.</summary>
[DebuggerDisplay("{Resource.Name}.{EndpointName}")]
public sealed class EndpointReference : IManifestExpressionProvider, IValueProvider, IValueWithReferences
{
    private EndpointAnnotation? _annotation;

    public EndpointReference(IResourceWithEndpoints owner, EndpointAnnotation endpoint, NetworkIdentifier? contextNetworkID = null)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(endpoint);
        Resource = owner;
        EndpointName = endpoint.Name;
        _annotation = endpoint;
        ContextNetworkID = contextNetworkID;
    }

    public EndpointReference(IResourceWithEndpoints owner, string endpointName, NetworkIdentifier? contextNetworkID = null)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(endpointName);
        Resource = owner;
        EndpointName = endpointName;
        ContextNetworkID = contextNetworkID;
    }

    /// <exception cref="InvalidOperationException">The resource has no such endpoint.</exception>
    public EndpointAnnotation EndpointAnnotation => Find()
        ?? throw new InvalidOperationException(ErrorMessage ?? $"The endpoint `{EndpointName}` is not defined for the resource `{Resource.Name}`.");

    public IResourceWithEndpoints Resource { get; }

    public string EndpointName { get; }

    public string? ErrorMessage { get; init; }

    public NetworkIdentifier? ContextNetworkID { get; }

    public bool IsAllocated => FindAllocated() is not null;

    public bool Exists => Find() is not null;

    public bool IsHttp => string.Equals(Scheme, "http", StringComparison.OrdinalIgnoreCase);

    public bool IsHttps => string.Equals(Scheme, "https", StringComparison.OrdinalIgnoreCase);

    public bool TlsEnabled => Exists && EndpointAnnotation.TlsEnabled;

    public bool ExcludeReferenceEndpoint => Exists && EndpointAnnotation.ExcludeReferenceEndpoint;

    /// <summary>Whether the name is <c>http</c> or <c>https</c>, so that the scheme decides under which key others find it.</summary>
    public bool IsHttpSchemeNamedEndpoint => EndpointAnnotation.IsHttpScheme(EndpointName);

    public int Port => Allocated.Port;

    public int? TargetPort => EndpointAnnotation.TargetPort;

    public string Host => Allocated.Address;

    public string Scheme => EndpointAnnotation.UriScheme;

    public string Url => Allocated.UriString;

    string IManifestExpressionProvider.ValueExpression => GetExpression();

    IEnumerable<object> IValueWithReferences.References => [Resource];

    private AllocatedEndpoint Allocated => FindAllocated()
        ?? throw new InvalidOperationException($"The endpoint `{EndpointName}` is not allocated for the resource `{Resource.Name}`.");

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        Property(EndpointProperty.Url).GetValueAsync(cancellationToken);

    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) =>
        Property(EndpointProperty.Url).GetValueAsync(context, cancellationToken);

    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    /// <summary>A value that depends on whether the endpoint has TLS when the value is resolved.</summary>
    public ReferenceExpression GetTlsValue(ReferenceExpression enabledValue, ReferenceExpression disabledValue) =>
        ReferenceExpression.CreateConditional(Property(EndpointProperty.TlsEnabled), bool.TrueString, enabledValue, disabledValue);

    internal string GetExpression(EndpointProperty property = EndpointProperty.Url)
    {
        return property switch
        {
            EndpointProperty.Url => Binding("url"),
            EndpointProperty.Host or EndpointProperty.IPV4Host => Binding("host"),
            EndpointProperty.Port => Binding("port"),
            EndpointProperty.Scheme => Binding("scheme"),
            EndpointProperty.TargetPort => Binding("targetPort"),
            EndpointProperty.HostAndPort => $"{Binding("host")}:{Binding("port")}",
            EndpointProperty.TlsEnabled => Binding("tlsEnabled"),
            _ => throw new InvalidOperationException($"The property '{property}' is not supported for the endpoint '{EndpointName}'."),
        };

        string Binding(string part) => $"{{{Resource.Name}.bindings.{EndpointName}.{part}}}";
    }

    private EndpointAnnotation? Find() => _annotation ??= Resource.Annotations.OfType<EndpointAnnotation>()
        .FirstOrDefault(e => string.Equals(e.Name, EndpointName, StringComparison.OrdinalIgnoreCase));

    private AllocatedEndpoint? FindAllocated()
    {
        var network = ContextNetworkID ?? KnownNetworkIdentifiers.LocalhostNetwork;
        return Find()?.AllAllocatedEndpoints.FirstOrDefault(e => e.NetworkID == network)?.Snapshot.ValueOrDefault;
    }
}

/// <summary>A part of an endpoint, resolved when it is known.</summary>
public class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property)
    : IManifestExpressionProvider, IValueProvider, IValueWithReferences
{
    public EndpointReference Endpoint { get; } = endpointReference ?? throw new ArgumentNullException(nameof(endpointReference));

    public EndpointProperty Property { get; } = property;

    public string ValueExpression => Endpoint.GetExpression(Property);

    IEnumerable<object> IValueWithReferences.References => [Endpoint];

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        GetValueAsync(new ValueProviderContext(), cancellationToken);

    public async ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default)
    {
        var annotation = Endpoint.EndpointAnnotation;
        switch (Property)
        {
            case EndpointProperty.Scheme:
                return annotation.UriScheme;
            case EndpointProperty.TlsEnabled:
                return annotation.TlsEnabled ? bool.TrueString : bool.FalseString;
            case EndpointProperty.TargetPort when annotation.TargetPort is { } fixedPort:
                return fixedPort.ToInvariant();
            case EndpointProperty.IPV4Host when (Endpoint.ContextNetworkID ?? context.GetNetwork()) == KnownNetworkIdentifiers.LocalhostNetwork:
                return "127.0.0.1";
        }

        var network = Endpoint.ContextNetworkID ?? context.GetNetwork();
        var allocated = await annotation.AllAllocatedEndpoints.GetAllocatedEndpointAsync(network, cancellationToken);
        return Property switch
        {
            EndpointProperty.Url => allocated.UriString,
            EndpointProperty.Host or EndpointProperty.IPV4Host => allocated.Address,
            EndpointProperty.Port => allocated.Port.ToInvariant(),
            EndpointProperty.HostAndPort => allocated.EndPointString,
            EndpointProperty.TargetPort => allocated.TargetPortExpression,
            _ => throw new InvalidOperationException($"The property '{Property}' is not supported for the endpoint '{Endpoint.EndpointName}'."),
        };
    }
}
