using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Aspire.Hosting.Tests.Dashboard;

/// <summary>Calls a gRPC service by plain HTTP/2, so that the test sees the bytes of the protocol.</summary>
internal sealed class GrpcClient(string url, string? key) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(url), Timeout = Timeout.InfiniteTimeSpan };

    public static byte[] Frame(IMessage message, byte flag = 0, int? length = null)
    {
        var content = message.ToByteArray();
        var frame = new byte[5 + content.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), length ?? content.Length);
        content.CopyTo(frame, 5);
        return frame;
    }

    public Task<HttpResponseMessage> SendAsync(string method, HttpContent content, CancellationToken cancellationToken, string? timeout = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/aspire.v1.DashboardService/" + method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.ContentType ??= new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (key is not null)
        {
            request.Headers.Add("x-resource-service-api-key", key);
        }

        if (timeout is not null)
        {
            request.Headers.Add("grpc-timeout", timeout);
        }

        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public async Task<TResponse> UnaryAsync<TResponse>(string method, IMessage request, MessageParser<TResponse> parser, CancellationToken cancellationToken)
        where TResponse : IMessage<TResponse>
    {
        using var response = await SendAsync(method, new ByteArrayContent(Frame(request)), cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        Assert.Equal("0", StatusOf(response));
        Assert.Equal(body.Length - 5, BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)));
        return parser.ParseFrom(body, 5, body.Length - 5);
    }

    public async IAsyncEnumerable<TResponse> StreamAsync<TResponse>(
        string method,
        IMessage request,
        MessageParser<TResponse> parser,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TResponse : IMessage<TResponse>
    {
        using var response = await SendAsync(method, new ByteArrayContent(Frame(request)), cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var prefix = new byte[5];
        while (await body.ReadAtLeastAsync(prefix, 5, throwOnEndOfStream: false, cancellationToken) == 5)
        {
            var message = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
            await body.ReadExactlyAsync(message, cancellationToken);
            yield return parser.ParseFrom(message);
        }

        Assert.Equal("0", StatusOf(response));
    }

    /// <summary>From the trailers, or from the headers of an answer without a body.</summary>
    public static string? StatusOf(HttpResponseMessage response) => Single(response, "grpc-status");

    public static string? Single(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var trailers) ? trailers.Single()
        : response.Headers.TryGetValues(name, out var headers) ? headers.Single()
        : null;

    public void Dispose() => _http.Dispose();
}
