using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Slipway.Gateway.Protection.Connections;

/// <summary>The server's TCP transport, which closes the connections of a client that has too many before anything is read from them.</summary>
/// <remarks>
/// Here and not in an endpoint's own middleware: it holds for every endpoint, whoever configures it, and stands before TLS, whose handshake is
/// what a flood of connections would cost most. HTTP/3 has another transport and is not counted.
/// </remarks>
internal sealed class CountedTransport(SocketTransportFactory sockets, ConnectionsByAddress connections)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint && sockets.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await sockets.BindAsync(endpoint, cancellationToken), connections);

    private sealed class Listener(IConnectionListener inner, ConnectionsByAddress connections) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await inner.AcceptAsync(cancellationToken) is { } connection)
            {
                if (connections.TryEnter(connection))
                    return connection;
                // Nobody else waits for it to be closed.
                _ = Close(connection);
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private static async Task Close(ConnectionContext connection)
        {
            connection.Abort(new ConnectionAbortedException("The client has too many connections."));
            await connection.DisposeAsync();
        }
    }
}
