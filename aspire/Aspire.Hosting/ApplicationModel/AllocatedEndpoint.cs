using System.Diagnostics;

namespace Aspire.Hosting.ApplicationModel;

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
