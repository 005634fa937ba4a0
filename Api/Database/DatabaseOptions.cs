using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Slipway.Api.Database;

/// <summary>How long a request may wait for PostgreSQL, and what happens while it is away; configuration section <c>Database</c>.</summary>
internal sealed class DatabaseOptions
{
    public const string Section = "Database";

    /// <summary>How long a connection may take to open, or to come free in the pool: 1 to 30 seconds, in whole seconds.</summary>
    /// <remarks>A command that ran out of time on a server that doesn't answer takes twice as long again: Npgsql tries to cancel it there.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:30")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>For each command of a write: 1 second to 1 minute, in whole seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>For a cached read as a whole, and for each command of any other read: 1 second to 1 minute, in whole seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Requests in a row that got no answer from PostgreSQL after which it isn't asked for <see cref="SkipFor"/>.</summary>
    [Range(1, 1000)]
    public int FailuresInARow { get; set; } = 3;

    /// <summary>How long PostgreSQL isn't asked then; afterwards one request tries it: 10 ms to 5 minutes. What 503 answers tell as Retry-After.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:05:00")]
    public TimeSpan SkipFor { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How old the last known state may be that reads are answered with while PostgreSQL is away: 0 to 1 day; zero answers 503 instead.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan StaleFor { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Bytes of last known states that are kept in memory; beyond it the longest unused go.</summary>
    [Range(0, 256 * 1024 * 1024)]
    public int StaleBytes { get; set; } = 8 * 1024 * 1024;
}

[OptionsValidator]
internal sealed partial class DatabaseOptionsValidator : IValidateOptions<DatabaseOptions>;
