using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Connections;

/// <summary>The protocol spoken to destinations.</summary>
internal enum DestinationProtocol
{
    /// <summary>HTTP/1.1 on clear text; what TLS negotiates on https.</summary>
    Http1,

    /// <summary>HTTP/2 only, on clear text with prior knowledge (RFC 9113 section 3.3): for gRPC.</summary>
    Http2,
}

/// <summary>How connections to destinations are opened, spread and renewed.</summary>
internal sealed class ConnectionOptions
{
    /// <summary>Spoken to destinations: <c>Http1</c>, or <c>Http2</c> for gRPC, on clear text with prior knowledge.</summary>
    [EnumDataType(typeof(DestinationProtocol))]
    public DestinationProtocol Protocol { get; set; } = DestinationProtocol.Http1;

    /// <summary>
    /// Number of connection pools that requests take in turn. A service address may be a balancer that assigns a replica per TCP connection; one
    /// pool would reuse its warmest connection and leave all but one replica idle.
    /// </summary>
    [Range(1, 64)]
    public int Lanes { get; set; } = 8;

    /// <summary>Age at which a connection takes no further request, so that new replicas behind one address get their share: 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Time without a request after which a connection is closed: 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Time for connecting and, with <see cref="ProvePath"/>, for the first answer on the connection: 50 ms to 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Path asked for with HEAD on each new HTTP/1.1 connection before a request is trusted to it; any answer will do. Empty: connections are
    /// trusted once TCP accepts them.
    /// </summary>
    [RegularExpression("^/[\\x21-\\x7e]*$")]
    public string ProvePath { get; set; } = "/alive";

    /// <summary>
    /// Longest time that the beginning of the answer to a repeatable request is held back, in order to be able to repeat the request when the
    /// rest never comes: 0 to 1 second; zero relays at once. Event streams are never held.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan HoldTime { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Bytes of an answer that are held back at most; a longer answer is relayed as it comes.</summary>
    [Range(0, 1024 * 1024)]
    public int HoldBytes { get; set; } = 64 * 1024;
}
