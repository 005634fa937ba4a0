using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace Slipway.Gateway.Connections;

/// <summary>Builds the client of a cluster: answers held back briefly, late ones asked for twice, over lanes, over proven connections of bounded age.</summary>
internal sealed class GatewayHttpClients(IOptions<GatewayOptions> options, TimeProvider clock) : IForwarderHttpClientFactory
{
    private readonly ConnectionOptions _options = options.Value.Connections;
    private readonly TimeSpan _hedgeDelay = options.Value.Retries.HedgeDelay;

    /// <summary>Keeps the old client, and so its connections, while nothing about clients has changed; addresses don't count.</summary>
    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context)
    {
        if (context.OldClient is { } old && context.OldConfig == context.NewConfig)
            return old;
        var lanes = Enumerable.Range(0, _options.Lanes).Select(Lane).ToList();
        return new HttpMessageInvoker(new HeldAnswers(new Hedges(new ConnectionLanes(lanes), _hedgeDelay, clock), _options, clock));
    }

    private SocketsHttpHandler Lane(int number)
    {
        var lane = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = _options.ConnectTimeout,
            // Not all lanes renew at the same moment: up to half a lifetime apart.
            PooledConnectionLifetime = _options.Lifetime * (1 + number / (2.0 * _options.Lanes)),
            PooledConnectionIdleTimeout = _options.IdleTimeout,
            // A silent peer on a multiplexed connection would hold all of its streams.
            KeepAlivePingDelay = TimeSpan.FromSeconds(15),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            // Takes the client's trace headers out and puts the Gateway's span in.
            ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
        };
        if (_options.ProvePath.Length > 0)
            lane.PlaintextStreamFilter = new ConnectionProof(_options.ProvePath).Prove;
        return lane;
    }
}
