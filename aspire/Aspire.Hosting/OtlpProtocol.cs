namespace Aspire.Hosting;

/// <summary>Which protocol telemetry is sent with.</summary>
public enum OtlpProtocol
{
    Grpc,
    HttpProtobuf,
    HttpJson,
}
