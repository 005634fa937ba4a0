using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Api.Database;
using Slipway.ServiceDefaults.Health;

namespace Slipway.Api.Idempotency;

/// <summary>Removes answers that have expired. Two replicas may do so at once: each skips what the other removes.</summary>
internal sealed class ExpiredKeys(
    NpgsqlDataSource dataSource, DatabaseCircuit circuit, IOptions<IdempotencyOptions> options, BackgroundLoops loops, TimeProvider clock, ILogger<ExpiredKeys> logger)
    : BackgroundService
{
    /// <summary>Rows that one statement removes, so that it is short.</summary>
    private const int Batch = 1000;

    /// <summary>What a round may take beside its wait.</summary>
    private static readonly TimeSpan s_round = TimeSpan.FromMinutes(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var loop = loops.Enter("idempotency-keys", (options.Value.CleanEvery * 2) + s_round);
        try
        {
            using var timer = new PeriodicTimer(options.Value.CleanEvery, clock);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                loop.Beat();
                await RemoveAsync(loop, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service ends.
        }
    }

    private async Task RemoveAsync(BackgroundLoops.Loop loop, CancellationToken cancellationToken)
    {
        try
        {
            while (!circuit.IsOpen && await RemoveBatchAsync(cancellationToken) == Batch)
            {
                loop.Beat();
            }
        }
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
        {
            // They are found again in the next round.
            logger.ExpiredKeysNotRemoved(problem.Message);
        }
    }

    private async Task<int> RemoveBatchAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            delete from idempotency_keys where scope in (
                select scope from idempotency_keys where expires_at <= $1 order by expires_at limit $2 for update skip locked
            )
            """);
        command.Parameters.Add(new() { Value = clock.GetUtcNow() });
        command.Parameters.Add(new() { Value = Batch });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

internal static partial class IdempotencyLog
{
    [LoggerMessage(2961, LogLevel.Warning, "Expired idempotency keys could not be removed, the next round tries again: {Reason}")]
    public static partial void ExpiredKeysNotRemoved(this ILogger logger, string reason);
}
