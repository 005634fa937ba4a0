namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a command that sends a request appears, and what it sends.</summary>
public class HttpCommandOptions : CommandOptions
{
    /// <summary>Takes part only when no endpoint is named; null: <c>https</c>, or else <c>http</c>.</summary>
    public Func<EndpointReference>? EndpointSelector { get; set; }

    /// <summary>Null: the default client.</summary>
    public string? HttpClientName { get; set; }

    /// <summary>Null: POST.</summary>
    public HttpMethod? Method { get; set; }

    /// <summary>Changes the request before it is sent.</summary>
    public Func<HttpCommandRequestContext, Task>? PrepareRequest { get; set; }

    /// <summary>Null: success is a status from 200 to 299.</summary>
    public Func<HttpCommandResultContext, Task<ExecuteCommandResult>>? GetCommandResult { get; set; }
}

public sealed class HttpCommandRequestContext
{
    public required IServiceProvider ServiceProvider { get; init; }

    /// <summary>Name of the instance.</summary>
    public required string ResourceName { get; init; }

    public required EndpointReference Endpoint { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public required HttpClient HttpClient { get; init; }

    /// <summary>The command's own arguments with what was given for them.</summary>
    public InteractionInputCollection Arguments { get; init; } = new([]);

    public required HttpRequestMessage Request { get; init; }
}

public sealed class HttpCommandResultContext
{
    public required IServiceProvider ServiceProvider { get; init; }

    /// <summary>Name of the instance.</summary>
    public required string ResourceName { get; init; }

    public required EndpointReference Endpoint { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public required HttpClient HttpClient { get; init; }

    public required HttpResponseMessage Response { get; init; }
}
