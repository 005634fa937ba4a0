using Aspire.Hosting.Dashboard;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Backchannel;

/// <summary>Where this AppHost and its dashboard are, for the command line.</summary>
internal sealed class AppHostAddresses(IServiceProvider services, IConfiguration configuration)
{
    /// <summary>Where the AppHost's project file is.</summary>
    public string AppHostPath => configuration["AppHost:FilePath"] ?? configuration["AppHost:Path"] ?? string.Empty;

    /// <returns>Null: the dashboard is off or did not answer.</returns>
    public async Task<DashboardAddress?> GetAsync(CancellationToken cancellationToken)
    {
        if (services.GetService<DashboardReadiness>() is not { } readiness)
        {
            return null;
        }

        try
        {
            return await readiness.GetAddressAsync(cancellationToken);
        }
        catch (DistributedApplicationException)
        {
            return null;
        }
    }

    public async Task<object?> GetUrlsAsync(CancellationToken cancellationToken)
    {
        var address = await GetAsync(cancellationToken);
        return new Dictionary<string, object?>
        {
            ["DashboardHealthy"] = address is not null,
            ["BaseUrlWithLoginToken"] = address?.LoginUrl,
            ["CodespacesUrlWithLoginToken"] = null,
        };
    }
}
