using Slipway.Gateway.Destinations;
using Slipway.Gateway.Forwarding;

namespace Slipway.Gateway;

/// <summary>Log ids 9000–9999.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(9000, LogLevel.Information, "Service {Service} has {Count} addresses: {Addresses}")]
    public static partial void DestinationsRead(this ILogger<GatewayConfig> logger, string service, int count, string addresses);

    [LoggerMessage(9001, LogLevel.Error, "The new addresses of service {Service} are refused, the old ones stay: {Errors}")]
    public static partial void DestinationsRefused(this ILogger<GatewayConfig> logger, string service, string errors);

    [LoggerMessage(9010, LogLevel.Warning, "{Method} {Path}: attempt {Attempt} at {Destination} failed ({Reason}), trying again")]
    public static partial void Retrying(
        this ILogger<Retries> logger, string method, string? path, int attempt, string? destination, string reason);

    [LoggerMessage(9011, LogLevel.Warning, "{Method} {Path}: given up after attempt {Attempt} ({Reason}); the bound met is {Bound}")]
    public static partial void RetryRefused(
        this ILogger<Retries> logger, string method, string? path, int attempt, string reason, string bound);

    [LoggerMessage(9012, LogLevel.Warning, "The circuit of {Destination} opened: too many requests got no answer from it")]
    public static partial void CircuitOpened(this ILogger<CircuitGate> logger, string destination);
}
