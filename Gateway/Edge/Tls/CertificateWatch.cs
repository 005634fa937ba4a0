using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults.Health;

namespace Slipway.Gateway.Edge.Tls;

/// <summary>Looks at the certificates' files now and then.</summary>
/// <remarks>
/// By their contents, not by notifications: a mounted secret is replaced by swapping a link several folders above the file, and network file
/// systems notify nobody.
/// </remarks>
internal sealed class CertificateWatch(
    CertificateStore certificates, IOptions<GatewayOptions> options, BackgroundLoops loops, TimeProvider clock, ILogger<CertificateWatch> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (certificates.IsEmpty)
            return;
        var interval = options.Value.Tls.CheckInterval;
        using var loop = loops.Enter("certificates", interval * 3 + TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                loop.Beat();
                Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The Gateway ends.
        }
    }

    private void Look()
    {
        try
        {
            certificates.Refresh();
        }
#pragma warning disable CA1031 // The loop outlives a bug in one round; the certificates in force stay.
        catch (Exception unexpected)
#pragma warning restore CA1031
        {
            logger.CertificateLookFailed(unexpected);
        }
    }
}
