using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Slipway.Api.Database;

/// <summary>Unhealthy while the database lacks a migration that this build needs; a newer database is fine, since migrations only expand.</summary>
internal sealed class SchemaCheck(NpgsqlDataSource dataSource, ServedOnce served) : IHealthCheck
{
    public const string Name = "schema";

    /// <summary>The number of the last migration that this build's SQL relies on.</summary>
    public const int Required = 4;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = dataSource.CreateCommand("select coalesce(max(number), 0) from schema_migrations");
            var number = (int)(await command.ExecuteScalarAsync(cancellationToken))!;
            if (number < Required)
            {
                return TooOld(context, number);
            }

            served.Served();
            return HealthCheckResult.Healthy($"the schema is at {number}");
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return TooOld(context, 0);
        }
        catch (NpgsqlException problem)
        {
            // Why is the business of the check named PostgreSql.
            return new HealthCheckResult(context.Registration.FailureStatus, "the schema can't be read: no connection", problem);
        }
    }

    private static HealthCheckResult TooOld(HealthCheckContext context, int number) =>
        new(context.Registration.FailureStatus, $"the schema is at {number}, this build needs {Required}: run MigrationService migrate");
}
