using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis;

/// <summary>Healthy when every server answers a ping, and in a cluster says that the cluster's state is ok.</summary>
/// <remarks>
/// Bounded: connecting blocks a thread and an asynchronous command has no timeout in this client, so both run beside a deadline. What is still
/// pending then is abandoned, not awaited.
/// </remarks>
internal sealed class RedisHealthCheck(IServiceProvider services, string? serviceKey) : IHealthCheck
{
    /// <summary>The time for all of it, the first connect included.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(5);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Task.Run(() => PingAsync(context), cancellationToken)
                .WaitAsync(s_deadline, TimeProvider.System, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception: exception);
        }
    }

    private async Task<HealthCheckResult> PingAsync(HealthCheckContext context)
    {
        var client = RedisConnection.Client(services, serviceKey);
        foreach (var endPoint in client.GetEndPoints(configuredOnly: true))
        {
            var server = client.GetServer(endPoint);
            if (server.ServerType != ServerType.Cluster)
            {
                await client.GetDatabase().PingAsync();
                await server.PingAsync();
                continue;
            }

            var cluster = (string?)await client.GetDatabase().ExecuteAsync("CLUSTER", "INFO");
            if (cluster?.Contains("cluster_state:ok", StringComparison.OrdinalIgnoreCase) != true)
                return new HealthCheckResult(context.Registration.FailureStatus, $"INFO CLUSTER is not on OK state for endpoint {endPoint}");
        }

        return HealthCheckResult.Healthy();
    }
}
