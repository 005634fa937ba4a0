using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Forwarding;

/// <summary>Limits on one request.</summary>
internal sealed class RequestOptions
{
    /// <summary>Time without a byte in either direction after which a request, stream or WebSocket ends; 504 when nothing was answered yet.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>Time for a request as a whole, streams included, WebSockets not; null means that only <see cref="ActivityTimeout"/> counts.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan? Timeout { get; set; }

    /// <summary>
    /// Largest request body in bytes; beyond it 413. No more than the services take: one that refuses a body in its middle closes the connection, and
    /// that looks like its own fault. The default is what the Api takes.
    /// </summary>
    [Range(0L, long.MaxValue)]
    public long MaxBodyBytes { get; set; } = 256L * 1024;

    /// <summary>What a 503 answer tells the client to wait, in whole seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(2);
}
