using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Slipway.Gateway.Edge.Caching;

/// <summary>Stands in for the response's body while an answer passes: keeps a copy, or, for the 304 to the cache's own question, sends nothing.</summary>
/// <param name="inner">The real one.</param>
/// <param name="limit">Bytes that are kept at most; beyond it the copy is given up. Negative: the answer is not for the client.</param>
internal sealed class CacheCapture(IHttpResponseBodyFeature inner, int limit) : Stream, IHttpResponseBodyFeature
{
    private MemoryStream? _copy = limit < 0 ? null : new();
    private PipeWriter? _writer;

    /// <summary>What passed; null: it was too long.</summary>
    public byte[]? Copy => _copy?.ToArray();

    public IHttpResponseBodyFeature Inner => inner;

    Stream IHttpResponseBodyFeature.Stream => this;

    PipeWriter IHttpResponseBodyFeature.Writer => _writer ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true));

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private bool IsSilent => limit < 0;

    public void DisableBuffering() => inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => IsSilent ? Task.CompletedTask : inner.StartAsync(cancellationToken);

    public Task CompleteAsync() => IsSilent ? Task.CompletedTask : inner.CompleteAsync();

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(this, path, offset, count, cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsSilent)
            return;
        if (_copy?.Length + buffer.Length <= limit)
            _copy!.Write(buffer.Span);
        else
            _copy = null;
        await inner.Stream.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => IsSilent ? Task.CompletedTask : inner.Stream.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException("Answers are written asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Answers are written asynchronously.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
