namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>The paths of health probes, which would drown every trace list.</summary>
internal static class ProbePaths
{
    public const string Health = "/health";

    public const string Alive = "/alive";

    public static bool Contains(string? path) =>
        string.Equals(path, Health, StringComparison.OrdinalIgnoreCase) || string.Equals(path, Alive, StringComparison.OrdinalIgnoreCase);
}
