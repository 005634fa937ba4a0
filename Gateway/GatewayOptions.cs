using Microsoft.Extensions.Options;
using Slipway.Gateway.Connections;
using Slipway.Gateway.Destinations;
using Slipway.Gateway.Edge.Affinity;
using Slipway.Gateway.Edge.Caching;
using Slipway.Gateway.Edge.Compression;
using Slipway.Gateway.Edge.Cors;
using Slipway.Gateway.Edge.Headers;
using Slipway.Gateway.Edge.Maintenance;
using Slipway.Gateway.Edge.Tls;
using Slipway.Gateway.Forwarding;
using Slipway.Gateway.Protection;

namespace Slipway.Gateway;

/// <summary>Everything that can be set for the Gateway, under the configuration section <see cref="Section"/>; read once, at start.</summary>
/// <remarks>Addresses of the services are not here: they come from <c>services:&lt;name&gt;:&lt;endpoint&gt;:&lt;n&gt;</c> and are followed while running.</remarks>
internal sealed class GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>True: clients may be served over plain HTTP outside Development without a trusted proxy being named; the network has to be trusted.</summary>
    public bool AllowPlainHttp { get; set; }

    [ValidateObjectMembers]
    public DestinationOptions Destinations { get; set; } = new();

    [ValidateObjectMembers]
    public ConnectionOptions Connections { get; set; } = new();

    [ValidateObjectMembers]
    public RetryOptions Retries { get; set; } = new();

    [ValidateObjectMembers]
    public RequestOptions Requests { get; set; } = new();

    [ValidateObjectMembers]
    public ForwardedHeaderOptions ForwardedHeaders { get; set; } = new();

    [ValidateObjectMembers]
    public LimitOptions Limits { get; set; } = new();

    /// <summary>Host names that are served, <c>*.example.com</c> for all below one; empty: every name. Others are answered 421; health probes pass.</summary>
    public IList<string> Hosts { get; set; } = [];

    [ValidateObjectMembers]
    public TlsOptions Tls { get; set; } = new();

    [ValidateObjectMembers]
    public HttpsOptions Https { get; set; } = new();

    [ValidateObjectMembers]
    public HeaderOptions Headers { get; set; } = new();

    [ValidateObjectMembers]
    public CorsOptions Cors { get; set; } = new();

    [ValidateObjectMembers]
    public CompressionOptions Compression { get; set; } = new();

    [ValidateObjectMembers]
    public CacheOptions Cache { get; set; } = new();

    [ValidateObjectMembers]
    public AffinityOptions Affinity { get; set; } = new();

    [ValidateObjectMembers]
    public MaintenanceOptions Maintenance { get; set; } = new();
}

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
