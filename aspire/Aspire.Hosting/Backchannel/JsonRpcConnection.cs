using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Backchannel;

/// <summary>One client of a backchannel: JSON-RPC 2.0, calls answered side by side, each answer written whole.</summary>
internal sealed partial class JsonRpcConnection(Stream stream, JsonRpcMethods methods, ILogger logger) : IAsyncDisposable
{
    /// <summary>Calls under way; further ones are refused.</summary>
    private const int MaxCalls = 64;

    private readonly ConcurrentDictionary<string, CancellationTokenSource> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> _tasks = new();
    private readonly JsonRpcStreams _streams = new();
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>Answers until the client leaves or <paramref name="cancellationToken"/> ends the AppHost's side.</summary>
    /// <exception cref="JsonRpcProtocolException">The client does not speak the protocol.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reader = PipeReader.Create(stream);
        try
        {
            while (await JsonRpcFraming.ReadAsync(reader, cancellationToken) is { } content)
            {
                Begin(content, leaving.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            LogLeft(logger, exception.Message);
        }
        finally
        {
            await leaving.CancelAsync();
            await _streams.DisposeAsync();
            await Task.WhenAll(_tasks.Keys);
            await reader.CompleteAsync();
        }
    }

    public ValueTask DisposeAsync()
    {
        _writing.Dispose();
        return stream.DisposeAsync();
    }

    private void Begin(byte[] content, CancellationToken cancellationToken)
    {
        JsonElement message;
        try
        {
            using var document = JsonDocument.Parse(content);
            message = document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new JsonRpcProtocolException($"A message is not JSON: {exception.Message}");
        }

        var task = AnswerAsync(message, cancellationToken);
        if (_tasks.TryAdd(task, 0))
        {
            task.ContinueWith(t => _tasks.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task AnswerAsync(JsonElement message, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("method", out var methodName) || methodName.GetString() is not { } method)
        {
            await WriteErrorAsync(null, JsonRpcException.InvalidRequest, "The message is not a call.", cancellationToken);
            return;
        }

        JsonElement? parameters = message.TryGetProperty("params", out var value) ? value : null;
        JsonElement? id = message.TryGetProperty("id", out var idValue) ? idValue : null;
        if (method == "$/cancelRequest")
        {
            Cancel(parameters);
            return;
        }

        using var call = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var key = id?.GetRawText();
        if (key is not null && (_calls.Count >= MaxCalls || !_calls.TryAdd(key, call)))
        {
            await WriteErrorAsync(id, JsonRpcException.InvalidRequest, "The id is in use, or too many calls are under way.", cancellationToken);
            return;
        }

        try
        {
            await InvokeAsync(method, parameters, id, call.Token, cancellationToken);
        }
        finally
        {
            if (key is not null)
            {
                _calls.TryRemove(key, out _);
            }
        }
    }

    private async Task InvokeAsync(string method, JsonElement? parameters, JsonElement? id, CancellationToken call, CancellationToken connection)
    {
        try
        {
            var result = await RunMethodAsync(method, parameters, call, connection);
            await WriteAsync(id, new Dictionary<string, object?> { ["result"] = result }, connection);
        }
        catch (JsonRpcException exception)
        {
            await WriteErrorAsync(id, exception.Code, exception.Message, connection);
        }
        catch (OperationCanceledException) when (call.IsCancellationRequested)
        {
            await WriteErrorAsync(id, JsonRpcException.RequestCanceled, "The call was cancelled.", connection);
        }
        catch (Exception exception)
        {
            LogFailure(logger, exception, method);
            await WriteErrorAsync(id, JsonRpcException.InvocationError, exception.Message, connection);
        }
    }

    private async Task<object?> RunMethodAsync(string method, JsonElement? parameters, CancellationToken call, CancellationToken connection)
    {
        var arguments = new JsonRpcArguments(parameters, methods.Json);
        return method switch
        {
            "$/enumerator/next" => await _streams.NextAsync(arguments.Get<long>(0, "token"), call),
            "$/enumerator/abort" => await _streams.AbortAsync(arguments.Get<long>(0, "token")),
            _ => await methods.InvokeAsync(method, parameters, call) switch
            {
                JsonRpcStream stream => _streams.Open(stream, connection),
                var result => result,
            },
        };
    }

    private void Cancel(JsonElement? parameters)
    {
        if (parameters is { ValueKind: JsonValueKind.Object } named && named.TryGetProperty("id", out var id) && _calls.TryGetValue(id.GetRawText(), out var call))
        {
            try
            {
                call.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The answer was faster.
            }
        }
    }

    private Task WriteErrorAsync(JsonElement? id, int code, string message, CancellationToken cancellationToken) =>
        WriteAsync(id, new Dictionary<string, object?> { ["error"] = new Dictionary<string, object> { ["code"] = code, ["message"] = message } }, cancellationToken, evenWithoutId: code == JsonRpcException.InvalidRequest);

    /// <summary>A call without an id wants no answer. A client that has left gets none.</summary>
    private async Task WriteAsync(JsonElement? id, Dictionary<string, object?> answer, CancellationToken cancellationToken, bool evenWithoutId = false)
    {
        if (id is null && !evenWithoutId)
        {
            return;
        }

        answer["jsonrpc"] = "2.0";
        answer["id"] = id;
        var content = JsonSerializer.SerializeToUtf8Bytes(answer, methods.Json);
        try
        {
            await _writing.WaitAsync(cancellationToken);
            try
            {
                await JsonRpcFraming.WriteAsync(stream, content, cancellationToken);
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            LogLeft(logger, exception.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The client of a backchannel has left: {Reason}")]
    private static partial void LogLeft(ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The backchannel method {Method} failed.")]
    private static partial void LogFailure(ILogger logger, Exception exception, string method);
}
