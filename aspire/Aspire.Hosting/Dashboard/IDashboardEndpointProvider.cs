using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dashboard;

/// <summary>Where resources send their telemetry. Not registered when the dashboard is off.</summary>
internal interface IDashboardEndpointProvider
{
    /// <summary>Address for OTLP over gRPC; null: not offered, or the application has not started yet.</summary>
    IValueProvider? OtlpGrpc { get; }

    /// <summary>Address for OTLP over HTTP; null: not offered, or the application has not started yet.</summary>
    IValueProvider? OtlpHttp { get; }

    /// <summary>Value of the header <c>x-otlp-api-key</c>; null: telemetry is accepted without one.</summary>
    string? OtlpApiKey { get; }
}
