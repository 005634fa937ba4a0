namespace Aspire.Npgsql;

/// <summary>How a PostgreSQL client connects and what it reports; bound from <c>Aspire:Npgsql</c> and <c>Aspire:Npgsql:{name}</c>.</summary>
public sealed class NpgsqlSettings
{
    /// <summary>Null or empty is an error when the data source is first resolved, not at registration.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>False by default: a health check is registered.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>False by default: the activity source <c>Npgsql</c> is listened to.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>False by default: the meter <c>Npgsql</c> is collected.</summary>
    public bool DisableMetrics { get; set; }
}
