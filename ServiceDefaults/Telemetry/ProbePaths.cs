using Microsoft.AspNetCore.Http;

namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>The paths of health probes, which would drown every trace list.</summary>
internal static class ProbePaths
{
    public const string Health = "/health";

    public const string Liveness = "/health/liveness";

    public const string Readiness = "/health/readiness";

    public const string Startup = "/health/startup";

    public const string Detailed = "/health/detailed";

    /// <summary>Liveness by the name that Aspire's templates give it.</summary>
    public const string Alive = "/alive";

    public static bool Contains(string? path) =>
        string.Equals(path, Alive, StringComparison.OrdinalIgnoreCase)
        || (path is ['/', ..] && new PathString(path).StartsWithSegments(Health, StringComparison.OrdinalIgnoreCase));
}
