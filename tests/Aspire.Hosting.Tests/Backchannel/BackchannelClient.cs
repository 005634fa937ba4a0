using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Aspire.Hosting.Backchannel;

namespace Aspire.Hosting.Tests.Backchannel;

/// <summary>The command line's side of a socket, one call at a time.</summary>
internal sealed class BackchannelClient : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly PipeReader _reader;
    private int _lastId;

    private BackchannelClient(NetworkStream stream)
    {
        _stream = stream;
        _reader = PipeReader.Create(stream);
    }

    public static async Task<BackchannelClient> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        return new BackchannelClient(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>The whole answer.</summary>
    public async Task<JsonNode> CallAsync(string method, CancellationToken cancellationToken, params JsonNode?[] arguments)
    {
        await SendAsync(new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = ++_lastId,
            ["method"] = method,
            ["params"] = new JsonArray(arguments),
        }, cancellationToken);
        var answer = await ReceiveAsync(cancellationToken);
        Assert.Equal(_lastId, answer!["id"]!.GetValue<int>());
        return answer;
    }

    public Task SendAsync(JsonNode message, CancellationToken cancellationToken) =>
        JsonRpcFraming.WriteAsync(_stream, Encoding.UTF8.GetBytes(message.ToJsonString()), cancellationToken);

    public async Task SendRawAsync(string bytes, CancellationToken cancellationToken) =>
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(bytes), cancellationToken);

    /// <returns>Null: the other side has closed the connection.</returns>
    public async Task<JsonNode?> ReceiveAsync(CancellationToken cancellationToken) =>
        await JsonRpcFraming.ReadAsync(_reader, cancellationToken) is { } content ? JsonNode.Parse(content) : null;

    public async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync();
        await _stream.DisposeAsync();
    }
}
