using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Forwarding;
using Slipway.Gateway.Protection.Clients;

namespace Slipway.Gateway.Protection.Connections;

/// <summary>Counts the connections of each client address.</summary>
internal sealed class ConnectionsByAddress
{
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);
    private readonly List<IPNetwork> _trusted = [];
    private readonly ProtectionMetrics _metrics;
    private readonly int _max;

    public ConnectionsByAddress(IOptions<GatewayOptions> options, ProtectionMetrics metrics)
    {
        _metrics = metrics;
        _max = options.Value.Limits.Connections.MaxPerAddress;
        foreach (var proxy in options.Value.ForwardedHeaders.TrustedProxies)
        {
            if (ForwardedHeaderOptions.TryParse(proxy, out var network))
                _trusted.Add(network);
        }
    }

    /// <summary>Counts the connection until it is closed.</summary>
    /// <returns>False: its client has as many as he may.</returns>
    public bool TryEnter(ConnectionContext connection)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address } || IsTrusted(address))
            return true;
        var client = ClientNames.OfAddress(address);
        if (_open.AddOrUpdate(client, 1, static (_, open) => open + 1) > _max)
        {
            Leave(client);
            _metrics.RefusedConnection();
            return false;
        }

        connection.ConnectionClosed.UnsafeRegister(static state =>
        {
            var (connections, client) = ((ConnectionsByAddress, string))state!;
            connections.Leave(client);
        }, (this, client));
        return true;
    }

    /// <summary>An address without connections leaves no trace.</summary>
    private void Leave(string client)
    {
        if (_open.AddOrUpdate(client, 0, static (_, open) => open - 1) <= 0)
            _open.TryRemove(KeyValuePair.Create(client, 0));
    }

    private bool IsTrusted(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        foreach (var network in _trusted)
        {
            if (network.Contains(address))
                return true;
        }

        return false;
    }
}
