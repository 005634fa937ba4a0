namespace Slipway.Benchmarks.Measure;

/// <summary>What the benchmarks set at the Gateway.</summary>
internal static class GatewaySettings
{
    private const string Never = "60000000";

    /// <summary>Every limit is decided for every request, as in production, and none is reached: the load is one client from one address.</summary>
    public static (string Name, string Value)[] LimitsNeverReached { get; } =
    [
        ("Gateway__Limits__Client__PerMinute", Never), ("Gateway__Limits__Client__PerHour", Never), ("Gateway__Limits__Address__PerMinute", Never), ("Gateway__Limits__Address__PerHour", Never),
    ];

    /// <summary>Each a Gateway that differs in one thing.</summary>
    /// <param name="telemetry">Where spans would go.</param>
    public static IReadOnlyList<(string Name, (string Name, string Value)[] Settings)> OneChangeEach((string, string)[] telemetry) =>
    [
        ("tracing on", telemetry),
        ("no rate limits", [("Gateway__Limits__Enabled", "false")]),
        ("no load shedding", [("Gateway__Limits__Load__Enabled", "false")]),
        ("answers not held back", [("Gateway__Connections__HoldTime", "00:00:00")]),
        ("no compression", [("Gateway__Compression__Enabled", "false")]),
        ("server garbage collector", [("DOTNET_gcServer", "1")]),
        ("concurrent garbage collector", [("DOTNET_gcConcurrent", "1")]),
        ("profile-guided optimisation", [("DOTNET_TieredPGO", "1")]),
        ("completions in the socket's thread", [("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1")]),
    ];
}
