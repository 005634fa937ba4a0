using System.Net;
using System.Threading.Channels;
using Google.Protobuf;

namespace Aspire.Hosting.Tests.Dashboard;

/// <summary>A call with messages in both directions, as the dashboard's own client makes it.</summary>
internal sealed class DuplexCall<TRequest, TResponse> : IAsyncDisposable
    where TRequest : IMessage<TRequest>
    where TResponse : IMessage<TResponse>
{
    private readonly MessageContent _content;
    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly MessageParser<TResponse> _parser;

    private DuplexCall(MessageContent content, HttpResponseMessage response, Stream body, MessageParser<TResponse> parser)
    {
        _content = content;
        _response = response;
        _body = body;
        _parser = parser;
    }

    public static async Task<DuplexCall<TRequest, TResponse>> OpenAsync(
        GrpcClient client,
        string method,
        MessageParser<TResponse> parser,
        CancellationToken cancellationToken)
    {
        var content = new MessageContent();
        var response = await client.SendAsync(method, content, cancellationToken);
        return new DuplexCall<TRequest, TResponse>(content, response, await response.Content.ReadAsStreamAsync(cancellationToken), parser);
    }

    public void Send(TRequest message) => Assert.True(_content.Frames.Writer.TryWrite(GrpcClient.Frame(message)));

    public async Task<TResponse> ReadAsync(CancellationToken cancellationToken)
    {
        var prefix = new byte[5];
        await _body.ReadExactlyAsync(prefix, cancellationToken);
        var message = new byte[System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
        await _body.ReadExactlyAsync(message, cancellationToken);
        return _parser.ParseFrom(message);
    }

    /// <summary>Says that nothing more will be sent, and waits for the end of the answer.</summary>
    /// <returns>The status.</returns>
    public async Task<string?> CompleteAsync(CancellationToken cancellationToken)
    {
        _content.Frames.Writer.Complete();
        Assert.Equal(0, await _body.ReadAsync(new byte[1], cancellationToken));
        return GrpcClient.StatusOf(_response);
    }

    /// <summary>Leaves without a word.</summary>
    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        _content.Dispose();
        await _body.DisposeAsync();
    }

    private sealed class MessageContent : HttpContent
    {
        private readonly CancellationTokenSource _left = new();

        public Channel<byte[]> Frames { get; } = Channel.CreateUnbounded<byte[]>();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _left.Token);
            await stream.FlushAsync(either.Token);
            await foreach (var frame in Frames.Reader.ReadAllAsync(either.Token))
            {
                await stream.WriteAsync(frame, either.Token);
                await stream.FlushAsync(either.Token);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _left.Cancel();
            }

            base.Dispose(disposing);
        }
    }
}
