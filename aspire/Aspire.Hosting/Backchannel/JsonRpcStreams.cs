using System.Collections.Concurrent;

namespace Aspire.Hosting.Backchannel;

/// <summary>Streams that the caller of one connection reads in its own time.</summary>
/// <remarks>
/// The convention of StreamJsonRpc: the result {"token":1,"values":[]} stands for a stream; the caller sends $/enumerator/next [1] for
/// {"values":[…],"finished":false} until it is finished, or $/enumerator/abort [1] when it has seen enough.
/// </remarks>
internal sealed class JsonRpcStreams : IAsyncDisposable
{
    /// <summary>Open streams of one connection.</summary>
    private const int MaxStreams = 32;

    /// <summary>Values in one answer.</summary>
    private const int MaxBatch = 100;

    private readonly ConcurrentDictionary<long, OpenStream> _streams = new();
    private long _lastToken;

    public object Open(JsonRpcStream stream, CancellationToken cancellationToken)
    {
        if (_streams.Count >= MaxStreams)
        {
            throw new JsonRpcException(JsonRpcException.InvocationError, $"More than {MaxStreams} streams are open on this connection.");
        }

        var token = Interlocked.Increment(ref _lastToken);
        _streams[token] = new OpenStream(stream, cancellationToken);
        return new Dictionary<string, object> { ["token"] = token, ["values"] = Array.Empty<object>() };
    }

    /// <summary>Waits for at least one value or the end.</summary>
    public async Task<object?> NextAsync(long token, CancellationToken cancellationToken)
    {
        if (!_streams.TryGetValue(token, out var stream))
        {
            throw new JsonRpcException(JsonRpcException.InvalidParams, $"There is no stream {token}.");
        }

        var (values, finished) = await stream.TakeAsync(MaxBatch, cancellationToken);
        if (finished)
        {
            await AbortAsync(token);
        }

        return new Dictionary<string, object> { ["values"] = values, ["finished"] = finished };
    }

    public async Task<object?> AbortAsync(long token)
    {
        if (_streams.TryRemove(token, out var stream))
        {
            await stream.DisposeAsync();
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var token in _streams.Keys)
        {
            await AbortAsync(token);
        }
    }

    private sealed class OpenStream : IAsyncDisposable
    {
        private readonly CancellationTokenSource _cancellation;
        private readonly IAsyncEnumerator<object> _values;
        private readonly SemaphoreSlim _reading = new(1, 1);
        private Task<bool>? _next;

        public OpenStream(JsonRpcStream stream, CancellationToken cancellationToken)
        {
            _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _values = stream.Open(_cancellation.Token).GetAsyncEnumerator(_cancellation.Token);
        }

        public async Task<(List<object> Values, bool Finished)> TakeAsync(int limit, CancellationToken cancellationToken)
        {
            await _reading.WaitAsync(cancellationToken);
            try
            {
                var values = new List<object>();
                _next ??= _values.MoveNextAsync().AsTask();
                while (values.Count == 0 || (values.Count < limit && _next.IsCompleted))
                {
                    if (!await EndsOrValueAsync(_next.WaitAsync(cancellationToken)))
                    {
                        return (values, true);
                    }

                    values.Add(_values.Current);
                    _next = _values.MoveNextAsync().AsTask();
                }

                return (values, false);
            }
            finally
            {
                _reading.Release();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _cancellation.CancelAsync();
            await _reading.WaitAsync();
            if (_next is not null)
            {
                await EndsOrValueAsync(_next);
            }

            await _values.DisposeAsync();
            _cancellation.Dispose();
            _reading.Dispose();
        }

        /// <summary>A stream that is cancelled, by the AppHost's stop above all, has ended.</summary>
        private async Task<bool> EndsOrValueAsync(Task<bool> next)
        {
            try
            {
                return await next;
            }
            catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
            {
                return false;
            }
        }
    }
}
