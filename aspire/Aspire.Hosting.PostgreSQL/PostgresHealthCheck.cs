using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Aspire.Hosting.Postgres;

/// <summary>Healthy when the server answers <c>SELECT 1</c> on the database.</summary>
/// <param name="connectionString">Null while it is not known.</param>
/// <param name="database">Null: the one of the connection string.</param>
internal sealed class PostgresHealthCheck(Func<string?> connectionString, string? database) : IHealthCheck
{
    /// <summary>Limit for the connection and again for the answer, in seconds.</summary>
    private const int TimeoutSeconds = 5;

    public static void Register(IServiceCollection services, string key, Func<string?> connectionString, string? database = null) =>
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            key,
            _ => new PostgresHealthCheck(connectionString, database),
            failureStatus: null,
            tags: null));

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var connection = new NpgsqlConnection(Settings().ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT 1;", connection);
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception.Message, exception);
        }
    }

    /// <summary>No pool: an idle connection of a check would keep a database from being dropped and a server from a quick stop.</summary>
    private NpgsqlConnectionStringBuilder Settings()
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString() ?? throw new InvalidOperationException("Connection string is unavailable"))
        {
            Pooling = false,
            Timeout = TimeoutSeconds,
            CommandTimeout = TimeoutSeconds,
        };
        if (database is not null)
        {
            settings.Database = database;
        }

        return settings;
    }
}
