using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults.Health;

namespace Slipway.Api.Access;

/// <summary>Writes down, beside the requests, when keys were used last and what was refused; once more when the service ends.</summary>
internal sealed class AccessRecords(
    LastUses uses, Refusals refusals, IOptions<AccessOptions> options, BackgroundLoops loops, TimeProvider clock, ILogger<AccessRecords> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_patienceAtTheEnd = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var loop = loops.Enter("access-records", options.Value.RecordEvery + (2 * s_patience));
        try
        {
            while (true)
            {
                await Task.Delay(options.Value.RecordEvery, clock, stoppingToken);
                loop.Beat();
                await WriteAsync(s_patience);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await WriteAsync(s_patienceAtTheEnd);
        }
    }

    private async Task WriteAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience, clock);
        try
        {
            await uses.WriteAsync(limit.Token);
            await refusals.WriteAsync(limit.Token);
        }
        catch (Exception problem)
        {
            logger.RecordsNotWritten(problem.Message);
        }
    }
}
