using System.Globalization;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard.Grpc;

/// <summary>Methods of a gRPC service over plain HTTP/2 requests.</summary>
/// <remarks>The official server packages do not restore from every registry; this is the part of the protocol that a server must have.</remarks>
/// <param name="authorize">Whether the caller may call; asked before anything is read.</param>
/// <param name="stopping">Cancelled when the server ends; streams then end with <see cref="GrpcStatus.Ok"/>.</param>
internal sealed partial class GrpcRoutes(Func<HttpRequest, bool> authorize, TimeProvider clock, ILogger logger, CancellationToken stopping)
{
    private readonly Dictionary<string, Func<HttpContext, CancellationToken, Task>> _methods = new(StringComparer.Ordinal);

    public void Unary<TRequest, TResponse>(string path, MessageParser<TRequest> parser, Func<TRequest, CancellationToken, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : IMessage =>
        _methods.Add(path, async (context, cancellationToken) =>
        {
            var request = await ReadOneAsync(context, parser, cancellationToken);
            var response = await handler(request, cancellationToken);
            await GrpcFraming.WriteAsync(context.Response.BodyWriter, response, cancellationToken);
        });

    public void ServerStream<TRequest, TResponse>(
        string path,
        MessageParser<TRequest> parser,
        Func<TRequest, CancellationToken, IAsyncEnumerable<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : IMessage =>
        _methods.Add(path, async (context, cancellationToken) =>
        {
            var request = await ReadOneAsync(context, parser, cancellationToken);
            await WriteAllAsync(context, handler(request, cancellationToken), cancellationToken);
        });

    public void Duplex<TRequest, TResponse>(
        string path,
        MessageParser<TRequest> parser,
        Func<IAsyncEnumerable<TRequest>, CancellationToken, IAsyncEnumerable<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : IMessage =>
        _methods.Add(path, (context, cancellationToken) =>
            WriteAllAsync(context, handler(ReadAllAsync(context, parser, cancellationToken), cancellationToken), cancellationToken));

    public async Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        context.Response.ContentType = "application/grpc";
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = null;
        using var deadline = new CancellationTokenSource(Timeout(context.Request.Headers["grpc-timeout"]), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping, deadline.Token);
        var (status, message) = await RunAsync(context, either.Token, deadline.Token);
        LogEnd(logger, context.Request.Path, status);
        if (!context.RequestAborted.IsCancellationRequested)
        {
            await EndAsync(context.Response, status, message);
        }
    }

    /// <summary>Trailers when the answer has begun, else headers of an answer without a body.</summary>
    private static async Task EndAsync(HttpResponse response, GrpcStatus status, string? message)
    {
        var target = response.HasStarted
            ? response.HttpContext.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers
            : response.Headers;
        target["grpc-status"] = ((int)status).ToString(CultureInfo.InvariantCulture);
        if (message is not null)
        {
            target["grpc-message"] = Uri.EscapeDataString(message);
        }

        await response.CompleteAsync();
    }

    private static async Task<T> ReadOneAsync<T>(HttpContext context, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : class, IMessage<T> =>
        await GrpcFraming.ReadAsync(context.Request.BodyReader, parser, cancellationToken)
            ?? throw new GrpcException(GrpcStatus.InvalidArgument, "The request has no message.");

    private static async IAsyncEnumerable<T> ReadAllAsync<T>(
        HttpContext context,
        MessageParser<T> parser,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        while (await GrpcFraming.ReadAsync(context.Request.BodyReader, parser, cancellationToken) is { } message)
        {
            yield return message;
        }
    }

    /// <summary>The headers go out at once: the caller waits for them before it believes that the stream exists.</summary>
    private static async Task WriteAllAsync<T>(HttpContext context, IAsyncEnumerable<T> messages, CancellationToken cancellationToken)
        where T : IMessage
    {
        await context.Response.StartAsync(cancellationToken);
        await context.Response.BodyWriter.FlushAsync(cancellationToken);
        await foreach (var message in messages.WithCancellation(cancellationToken))
        {
            await GrpcFraming.WriteAsync(context.Response.BodyWriter, message, cancellationToken);
        }
    }

    /// <summary>Up to eight digits and a unit (H, M, S, m, u, n); anything else means no deadline.</summary>
    private static TimeSpan Timeout(string? header)
    {
        if (header is not { Length: >= 2 and <= 9 } || !long.TryParse(header.AsSpan(0, header.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
        {
            return System.Threading.Timeout.InfiniteTimeSpan;
        }

        var duration = header[^1] switch
        {
            'H' => TimeSpan.FromHours(amount),
            'M' => TimeSpan.FromMinutes(amount),
            'S' => TimeSpan.FromSeconds(amount),
            'm' => TimeSpan.FromMilliseconds(amount),
            'u' => TimeSpan.FromMicroseconds(amount),
            'n' => TimeSpan.FromTicks(amount / 100),
            _ => System.Threading.Timeout.InfiniteTimeSpan,
        };

        // A timer can't run longer than 49 days; a deadline beyond a day is none.
        return duration > TimeSpan.FromDays(1) ? System.Threading.Timeout.InfiniteTimeSpan : duration;
    }

    private async Task<(GrpcStatus Status, string? Message)> RunAsync(HttpContext context, CancellationToken cancellationToken, CancellationToken deadline)
    {
        try
        {
            if (!authorize(context.Request))
            {
                return (GrpcStatus.Unauthenticated, "The key is missing or wrong.");
            }

            if (!_methods.TryGetValue(context.Request.Path.Value ?? string.Empty, out var method))
            {
                return (GrpcStatus.Unimplemented, $"There is no method {context.Request.Path}.");
            }

            LogCall(logger, context.Request.Path);
            await method(context, cancellationToken);
            return (GrpcStatus.Ok, null);
        }
        catch (GrpcException exception)
        {
            return (exception.Status, exception.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return AfterCancellation(context.Response, deadline);
        }
        catch (OperationCanceledException)
        {
            return (GrpcStatus.Unavailable, "The application is stopping.");
        }
        catch (IOException exception) when (exception is ConnectionResetException or BadHttpRequestException || context.RequestAborted.IsCancellationRequested)
        {
            // The caller has left. What was read from it may fail before the request counts as aborted.
            return (GrpcStatus.Cancelled, null);
        }
        catch (Exception exception)
        {
            LogFailure(logger, exception, context.Request.Path);
            return (GrpcStatus.Unknown, "The method failed; the AppHost's log says why.");
        }
    }

    private (GrpcStatus Status, string? Message) AfterCancellation(HttpResponse response, CancellationToken deadline) =>
        stopping.IsCancellationRequested ? (response.HasStarted ? GrpcStatus.Ok : GrpcStatus.Unavailable, null)
        : deadline.IsCancellationRequested ? (GrpcStatus.DeadlineExceeded, "The deadline of the call has passed.")
        : (GrpcStatus.Cancelled, null);

    [LoggerMessage(2, LogLevel.Debug, "gRPC method {Method} was called.")]
    private static partial void LogCall(ILogger logger, string method);

    [LoggerMessage(3, LogLevel.Debug, "gRPC method {Method} ended with {Status}.")]
    private static partial void LogEnd(ILogger logger, string method, GrpcStatus status);

    [LoggerMessage(1, LogLevel.Error, "gRPC method {Method} failed.")]
    private static partial void LogFailure(ILogger logger, Exception exception, string method);
}
