using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dashboard;

/// <summary>Where the dashboard of this run takes telemetry.</summary>
internal interface IDashboardEndpointProvider
{
    /// <summary>Null: the dashboard has no gRPC endpoint.</summary>
    IValueProvider? OtlpGrpc { get; }

    /// <summary>Null: the dashboard has no HTTP endpoint for telemetry.</summary>
    IValueProvider? OtlpHttp { get; }

    /// <summary>Null: telemetry is accepted without a key.</summary>
    string? OtlpApiKey { get; }
}
