using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Shutdown;

/// <summary>How a service ends; configuration section <c>Shutdown</c>.</summary>
public sealed class ShutdownOptions
{
    public const string Section = "Shutdown";

    /// <summary>
    /// How long the service goes on answering after its readiness has turned unhealthy, so that whoever sends requests notices first.
    /// Null: none in Development, 5 seconds elsewhere.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan? ReadinessDelay { get; set; }

    /// <summary>How long requests that are being answered may take after that; then they are broken off.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(20);
}

[OptionsValidator]
internal sealed partial class ShutdownOptionsValidator : IValidateOptions<ShutdownOptions>;
