using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Protection.Connections;

/// <summary>How many connections clients may hold, and how slow they may be on them.</summary>
internal sealed class ConnectionLimitOptions
{
    /// <summary>Connections of all clients together; a further one is closed at once. Upgraded ones (WebSockets) count too.</summary>
    [Range(10L, 1_000_000L)]
    public long Max { get; set; } = 10_000;

    /// <summary>Connections of one client address (IPv6: of one /64); a further one is closed at once. Trusted proxies have no such limit.</summary>
    [Range(1, 1_000_000)]
    public int MaxPerAddress { get; set; } = 1000;

    /// <summary>Time for the whole head of a request, from its first byte; then the connection is closed (408).</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:05:00")]
    public TimeSpan HeadTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Time without a request after which a connection is closed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>
    /// Bytes a second that a client must send of a request's body, and take of an answer, on average. Quiet gRPC calls, event streams and WebSockets are
    /// not meant by it.
    /// </summary>
    [Range(1.0, 1_000_000.0)]
    public double MinBytesPerSecond { get; set; } = 240;

    /// <summary>For so long a client may be slower than that.</summary>
    [Range(typeof(TimeSpan), "00:00:01.100", "00:05:00")]
    public TimeSpan SlowFor { get; set; } = TimeSpan.FromSeconds(5);
}
