namespace Slipway.Benchmarks.Measure;

/// <summary>What the benchmarks set at the Gateway.</summary>
internal static class GatewaySettings
{
    private const string Never = "1000000000";

    /// <summary>Every limit is decided for every request, as in production, and none is reached: the load is one client from one address.</summary>
    public static (string Name, string Value)[] LimitsNeverReached { get; } =
    [
        ("Gateway__Limits__Client__PerMinute", Never), ("Gateway__Limits__Client__PerHour", Never), ("Gateway__Limits__Address__PerMinute", Never), ("Gateway__Limits__Address__PerHour", Never),
    ];
}
