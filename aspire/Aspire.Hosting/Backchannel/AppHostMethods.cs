using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Backchannel;

/// <summary>What the command line that started this AppHost asks over the socket that it named.</summary>
internal sealed class AppHostMethods(
    BackchannelLog log,
    ResourceNotificationService notifications,
    AppHostAddresses dashboard,
    IHostApplicationLifetime lifetime)
{
    private static readonly string[] s_capabilities = ["baseline.v2"];

    /// <summary>This socket's names are in Pascal case, unlike the other's.</summary>
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.General) { PropertyNameCaseInsensitive = true };

    public JsonRpcMethods Create()
    {
        var methods = new JsonRpcMethods(s_json);
        methods.Add("GetCapabilitiesAsync", (_, _) => Task.FromResult<object?>(s_capabilities));
        methods.Add("GetDashboardUrlsAsync", (_, cancellationToken) => dashboard.GetUrlsAsync(cancellationToken));
        methods.Add("NotifyAppHostReadyAsync", (_, _) => Task.FromResult<object?>(null));
        methods.Add("RequestStopAsync", (_, _) =>
        {
            lifetime.StopApplication();
            return Task.FromResult<object?>(null);
        });
        methods.AddStream("GetAppHostLogEntriesAsync", (_, cancellationToken) => log.ReadAsync(cancellationToken));
        methods.AddStream("GetResourceStatesAsync", (_, cancellationToken) => notifications.WatchAsync(cancellationToken)
            .Where(e => e.Resource.Name != DashboardResource.Name)
            .Select(State));
        return methods;
    }

    private static object State(ResourceEvent change) => new
    {
        Resource = change.Resource.Name,
        Type = change.Snapshot.ResourceType,
        State = change.Snapshot.State?.Text ?? "Unknown",
        Endpoints = change.Resource.Annotations.OfType<EndpointAnnotation>()
            .Select(e => e.AllocatedEndpoint?.UriString).OfType<string>().ToArray(),
        Health = change.Snapshot.HealthStatus?.ToString(),
    };
}
