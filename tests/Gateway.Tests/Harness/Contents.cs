using System.Net;

namespace Slipway.Gateway.Tests.Harness;

/// <summary>Sends the first bytes, waits for something to happen, then sends the rest.</summary>
internal sealed class PausingContent : HttpContent
{
    private readonly byte[] _body;
    private readonly int _first;
    private readonly Func<Task> _pause;

    public PausingContent(byte[] body, int first, Func<Task> pause)
    {
        _body = body;
        _first = first;
        _pause = pause;
        Headers.ContentLength = body.Length;
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(_body.AsMemory(0, _first));
        await stream.FlushAsync();
        await _pause();
        await stream.WriteAsync(_body.AsMemory(_first));
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}

/// <summary>A gRPC-like request body that the test writes piece by piece while it reads the answer.</summary>
internal sealed class DuplexContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DuplexContent() => Headers.ContentType = new("application/grpc");

    public async Task Send(byte[] piece)
    {
        var stream = await _stream.Task;
        await stream.WriteAsync(piece);
        await stream.FlushAsync();
    }

    public void End() => _end.SetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        // Without a first flush the request's head stays in the client.
        await stream.FlushAsync();
        _stream.SetResult(stream);
        await _end.Task;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
