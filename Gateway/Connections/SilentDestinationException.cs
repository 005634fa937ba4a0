namespace Slipway.Gateway.Connections;

/// <summary>A destination did not begin to answer a repeatable request in the time of one attempt; it may still work on it.</summary>
internal sealed class SilentDestinationException(TimeSpan limit)
    : HttpRequestException(FormattableString.Invariant($"Nothing was answered within {limit.TotalSeconds:0.###} s."));
