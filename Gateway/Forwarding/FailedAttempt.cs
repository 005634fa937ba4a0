using System.Net.Sockets;
using Slipway.Gateway.Connections;
using Yarp.ReverseProxy.Forwarder;

namespace Slipway.Gateway.Forwarding;

/// <summary>Why one attempt got no answer from its destination.</summary>
/// <param name="NeverSent">True when no byte of the request can have reached an application; then any request may be repeated.</param>
/// <param name="Reason">A short stable word, as it stands in metrics and logs.</param>
internal readonly record struct FailedAttempt(bool NeverSent, string Reason)
{
    /// <summary>The time of one attempt passed without an answer.</summary>
    public const string Silent = "silent";

    /// <summary>Null when the attempt was answered, when the client is at fault or has left, and when all of its time ran out: none of these is repeated.</summary>
    public static FailedAttempt? Of(IForwarderErrorFeature? error) => error switch
    {
        { Error: ForwarderError.Request, Exception: { } exception } => OfRequest(exception),
        // A wait for a connection that ran out; YARP does not tell it from a wait for the answer.
        { Error: ForwarderError.RequestTimedOut, Exception: OperationCanceledException { InnerException: TimeoutException } } => new(true, "connect-timeout"),
        { Error: ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination } => new(false, "response-broken"),
        _ => null,
    };

    private static FailedAttempt OfRequest(Exception exception) => exception switch
    {
        SilentDestinationException => new(false, Silent),
        HttpRequestException { InnerException: UnprovenConnectionException } => new(true, "unproven"),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => new(true, "name-resolution"),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => new(true, "tls"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => new(true, "refused"),
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }
            => new(false, "ended"),
        _ when IsReset(exception) => new(false, "reset"),
        _ => new(false, "other"),
    };

    private static bool IsReset(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown })
                return true;
        }

        return false;
    }
}
