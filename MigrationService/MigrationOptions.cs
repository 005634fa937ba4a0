using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.MigrationService;

/// <summary>How long a migration may wait and work; configuration section <c>Migrations</c>.</summary>
internal sealed class MigrationOptions
{
    public const string Section = "Migrations";

    /// <summary>How long to try while the server doesn't accept connections yet; zero tries once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long to wait until another migration of the same database ends.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan TurnTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a statement may wait for a lock on a table or row. Short: whoever comes after a waiting ALTER TABLE waits too.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one statement may run.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan StatementTimeout { get; set; } = TimeSpan.FromMinutes(10);
}

[OptionsValidator]
internal sealed partial class MigrationOptionsValidator : IValidateOptions<MigrationOptions>;
