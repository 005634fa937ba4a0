using System.Buffers;

namespace Slipway.Gateway.Connections;

/// <summary>A readable stream that has read ahead: first what was held, then a read that may still be under way, then the rest as it comes.</summary>
/// <remarks>One reader at a time, as with any network stream. Owns <paramref name="source"/>.</remarks>
internal sealed class HeldBody(Stream source, int limit) : Stream
{
    private const int FirstBuffer = 4096;

    private readonly CancellationTokenSource _leaving = new();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Math.Min(FirstBuffer, limit));
    private int _start;
    private int _end;
    private bool _complete;
    private Task<int>? _underWay;
    private bool _disposed;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads until the end, the limit or <paramref name="time"/>, whichever comes first.</summary>
    /// <exception cref="IOException">The answer broke off; nothing of it has been handed out.</exception>
    public async Task Hold(TimeSpan time, TimeProvider clock, CancellationToken cancellationToken)
    {
        Task? late = null;
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (!_complete && HasRoom())
            {
                _underWay = source.ReadAsync(_buffer.AsMemory(_end), _leaving.Token).AsTask();
                if (!_underWay.IsCompleted)
                {
                    late ??= Task.Delay(time, clock, done.Token);
                    if (await Task.WhenAny(_underWay, late) == late)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        return;
                    }
                }

                Took(await _underWay);
            }
        }
        finally
        {
            await done.CancelAsync();
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start == _end && _underWay is { } underWay)
        {
            Took(await underWay.WaitAsync(cancellationToken));
        }

        if (_start < _end)
        {
            var count = Math.Min(buffer.Length, _end - _start);
            _buffer.AsMemory(_start, count).CopyTo(buffer);
            _start += count;
            return count;
        }

        return _complete ? 0 : await source.ReadAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            // The buffer goes back only when nothing writes into it any more; a read under way is ended first and owns it until then.
            if (_underWay is { IsCompleted: false } underWay)
                _ = End(underWay);
            else
                Release();
        }

        base.Dispose(disposing);
    }

    private void Took(int count)
    {
        _underWay = null;
        _end += count;
        _complete = count == 0;
    }

    private bool HasRoom()
    {
        if (_end < _buffer.Length)
            return _end < limit;
        if (_end >= limit)
            return false;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(_buffer.Length * 2, limit));
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        return true;
    }

    private async Task End(Task<int> underWay)
    {
        await _leaving.CancelAsync();
        await ((Task)underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Release();
    }

    private void Release()
    {
        source.Dispose();
        _leaving.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }
}
