using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Npgsql;

/// <summary>Healthy when a connection opens and answers a query; how long that may take is the connection string's <c>Timeout</c>.</summary>
internal sealed class NpgsqlHealthCheck(IServiceProvider services, string? serviceKey) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // Resolved here, so that a missing connection string is a failed check and not a failed evaluation of all checks.
            var dataSource = NpgsqlServices.DataSource(services, serviceKey);
            await using var command = dataSource.CreateCommand("SELECT 1;");
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception.Message, exception);
        }
    }
}
