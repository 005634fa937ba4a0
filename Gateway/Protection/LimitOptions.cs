using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Protection.Clients;
using Slipway.Gateway.Protection.Connections;
using Slipway.Gateway.Protection.Load;
using Slipway.Gateway.Protection.Rates;
using Slipway.Gateway.Protection.Requests;

namespace Slipway.Gateway.Protection;

/// <summary>What the Gateway lets through: how often, how much, how big, how slow; configuration section <c>Gateway:Limits</c>.</summary>
internal sealed class LimitOptions
{
    /// <summary>False switches the rate limits off; all other limits stay.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>False limits the Gateway's own health endpoints like everything else; by default they are neither limited nor shed.</summary>
    public bool ExemptHealth { get; set; } = true;

    /// <summary>For each client that the Api knows by an API key or a token.</summary>
    [ValidateObjectMembers]
    public RateOptions Client { get; set; } = new() { PerMinute = 60, PerHour = 1000 };

    /// <summary>For each address whose requests carry no credential, or one that is not known to be good. IPv6 counts by /64.</summary>
    [ValidateObjectMembers]
    public RateOptions Address { get; set; } = new() { PerMinute = 60, PerHour = 1000 };

    /// <summary>Other rates for single clients, in the place of <see cref="Client"/> or <see cref="Address"/>.</summary>
    [ValidateEnumeratedItems]
    public IList<NamedClientOptions> Clients { get; set; } = [];

    /// <summary>Rates and priorities of parts of the application, beside those of the client. The first that matches a request counts.</summary>
    [ValidateEnumeratedItems]
    public IList<RouteLimitOptions> Routes { get; set; } = [];

    /// <summary>The Redis that all Gateways count in, connection string <c>cache</c>.</summary>
    [ValidateObjectMembers]
    public SharedLimitOptions Shared { get; set; } = new();

    /// <summary>What is counted here while Redis is away.</summary>
    [ValidateObjectMembers]
    public LocalLimitOptions Local { get; set; } = new();

    /// <summary>The memory of which credential is whose.</summary>
    [ValidateObjectMembers]
    public KnownClientOptions KnownClients { get; set; } = new();

    /// <summary>How many requests are under way at a time, and who is refused first.</summary>
    [ValidateObjectMembers]
    public LoadOptions Load { get; set; } = new();

    /// <summary>Connections from clients.</summary>
    [ValidateObjectMembers]
    public ConnectionLimitOptions Connections { get; set; } = new();

    /// <summary>
    /// Time for a request as a whole, from its head to the last byte of its answer; then 504, or the answer breaks off. WebSockets, event streams and gRPC
    /// calls last as long as they like. <c>Gateway:Requests:Timeout</c> counts in its place when it is set.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan RequestTime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The size of a request's head.</summary>
    [ValidateObjectMembers]
    public HeadLimitOptions Head { get; set; } = new();
}
