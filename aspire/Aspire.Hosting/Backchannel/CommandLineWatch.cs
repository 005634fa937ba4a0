using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Backchannel;

/// <summary>Ends the AppHost when the command line that started it is gone: nobody could stop it from there any more.</summary>
internal sealed class CommandLineWatch(IConfiguration configuration, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    public const string ProcessKey = "ASPIRE_CLI_PID";

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>Ends at once without a command line, else with it or with <paramref name="cancellationToken"/>.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!int.TryParse(configuration[ProcessKey], NumberStyles.None, CultureInfo.InvariantCulture, out var processId))
        {
            return;
        }

        using var timer = new PeriodicTimer(s_interval, clock);
        try
        {
            while (AuxiliarySocketFile.IsAlive(processId))
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }

            lifetime.StopApplication();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }
}
