using System.Diagnostics;
using System.Reflection;

namespace Slipway.MigrationService;

internal static class MigrationTelemetry
{
    public static readonly ActivitySource Source = new("Slipway.MigrationService");

    /// <summary>This build's version, as recorded with what it applies.</summary>
    public static string Version { get; } =
        typeof(MigrationTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}

/// <summary>Whether a migration was begun, so that there is telemetry worth a wait.</summary>
internal sealed class MigrationNews
{
    public bool Any { get; set; }
}
