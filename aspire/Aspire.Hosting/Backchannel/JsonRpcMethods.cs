using System.Text.Json;

namespace Aspire.Hosting.Backchannel;

/// <summary>Refuses a call with a code of its own; the message is for the caller.</summary>
internal sealed class JsonRpcException(int code, string message) : Exception(message)
{
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InvalidParams = -32602;
    public const int InvocationError = -32000;
    public const int RequestCanceled = -32800;

    public int Code { get; } = code;
}

/// <summary>What a call brings: a list of arguments, or one object whose members are the arguments.</summary>
internal readonly struct JsonRpcArguments(JsonElement? parameters, JsonSerializerOptions options)
{
    /// <returns>Default when the caller left the argument out or sent null.</returns>
    /// <exception cref="JsonRpcException">The argument has another shape.</exception>
    public T? Get<T>(int position, string name)
    {
        if (Find(position, name) is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } argument)
        {
            return default;
        }

        try
        {
            return argument.Deserialize<T>(options);
        }
        catch (JsonException exception)
        {
            throw new JsonRpcException(JsonRpcException.InvalidParams, $"Argument '{name}' is not valid: {exception.Message}");
        }
    }

    private JsonElement? Find(int position, string name) => parameters switch
    {
        { ValueKind: JsonValueKind.Array } list when position < list.GetArrayLength() => list[position],
        { ValueKind: JsonValueKind.Object } named when named.TryGetProperty(name, out var value) => value,
        _ => null,
    };
}

/// <summary>The methods of one socket, by name.</summary>
/// <param name="json">How results are written and arguments read.</param>
internal sealed class JsonRpcMethods(JsonSerializerOptions json)
{
    private readonly Dictionary<string, Func<JsonRpcArguments, CancellationToken, Task<object?>>> _methods = new(StringComparer.Ordinal);

    public JsonSerializerOptions Json { get; } = json;

    public void Add(string name, Func<JsonRpcArguments, CancellationToken, Task<object?>> method) => _methods.Add(name, method);

    /// <summary>The result is handed out piece by piece, as the caller asks for it.</summary>
    public void AddStream(string name, Func<JsonRpcArguments, CancellationToken, IAsyncEnumerable<object>> method) =>
        _methods.Add(name, (arguments, cancellationToken) => Task.FromResult<object?>(new JsonRpcStream(token => method(arguments, token))));

    /// <exception cref="JsonRpcException">There is no such method.</exception>
    public Task<object?> InvokeAsync(string name, JsonElement? parameters, CancellationToken cancellationToken) =>
        _methods.TryGetValue(name, out var method)
            ? method(new JsonRpcArguments(parameters, Json), cancellationToken)
            : throw new JsonRpcException(JsonRpcException.MethodNotFound, $"The method '{name}' does not exist.");
}

/// <summary>A result that outlives its call.</summary>
internal sealed record JsonRpcStream(Func<CancellationToken, IAsyncEnumerable<object>> Open);
