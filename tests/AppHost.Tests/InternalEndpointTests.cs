using System.Net;
using Aspire.Hosting.Testing;

namespace Slipway.AppHost.Tests;

/// <summary>Metrics are where collectors look, one place for each replica, and nowhere else.</summary>
public sealed class InternalEndpointTests(WholeApplication whole)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EachReplicaTellsItsOwnMetricsOnAPortOfItsOwn()
    {
        using var http = new HttpClient();
        var addresses = (await AddressesAsync("api", 2)).Concat(await AddressesAsync("gateway", 1)).ToArray();

        Assert.Equal(3, addresses.Distinct().Count());
        var instances = new HashSet<string>();
        foreach (var address in addresses)
        {
            var text = await http.GetStringAsync(new Uri(address, "/metrics"), Cancellation);
            instances.Add(text.Split('\n').Single(line => line.StartsWith("target_info{", StringComparison.Ordinal)));
            using var own = await http.GetAsync(new Uri(address, "/health"), Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, own.StatusCode);
        }

        Assert.Equal(3, instances.Count);
    }

    [Fact]
    public async Task TheFrontDoorHasNoMetrics()
    {
        using var http = new HttpClient { BaseAddress = whole.Application.GetEndpoint("gateway", "http") };

        using var answer = await http.GetAsync("/metrics", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    /// <summary>Of each running instance, as its process was told.</summary>
    private async Task<IReadOnlyCollection<Uri>> AddressesAsync(string resource, int replicas)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        var found = new Dictionary<string, Uri>();
        await foreach (var change in whole.Notifications.WatchAsync(limit.Token))
        {
            var port = change.Snapshot.EnvironmentVariables.FirstOrDefault(variable => variable.Name == "Internal__Port")?.Value;
            if (change.Resource.Name == resource && change.Snapshot.State?.Text == "Running" && port is not null)
            {
                found[change.ResourceId] = new Uri($"http://127.0.0.1:{port}");
                if (found.Count == replicas)
                {
                    break;
                }
            }
        }

        return found.Values;
    }
}
