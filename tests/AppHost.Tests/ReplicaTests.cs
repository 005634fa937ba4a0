using System.Net;
using System.Net.Http.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.AppHost.Tests;

/// <summary>Two replicas behind the Gateway: the application does its job, and one replica may die.</summary>
public sealed class ReplicaTests(WholeApplication whole)
{
    private const int Readers = 4;
    private const int ReadsAfterTheKill = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AReleaseIsReadBackFromBothReplicas()
    {
        using var client = NewConnectionEachTime();
        await RegisterAsync(client, "both-replicas");
        using var recorded = await client.PostAsJsonAsync("/applications/both-replicas/releases", SampleRelease.Body("1.0.0"), Cancellation);
        Assert.True(recorded.IsSuccessStatusCode, await recorded.Content.ReadAsStringAsync(Cancellation));

        var servedBy = new HashSet<string>();
        // Another test may have restarted a replica: the Gateway's connections go to the other one until they are renewed.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        while (servedBy.Count < 2)
        {
            using var answer = await client.GetAsync("/applications/both-replicas/releases/1.0.0", limit.Token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            servedBy.UnionWith(answer.Headers.GetValues("X-Served-By"));
        }

        Assert.Equal(2, servedBy.Count);
    }

    [Fact]
    public async Task KillingAReplicaFailsNoReadAndItCanBeStartedAgain()
    {
        using var client = NewConnectionEachTime();
        await RegisterAsync(client, "survives");
        var victim = (await whole.RunningInstancesAsync("api", count: 2))[0];
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var readers = Enumerable.Range(0, Readers).Select(_ => ReadUntilAsync(killed.Task)).ToArray();

        await WholeApplication.KillAsync(victim);
        killed.SetResult();
        var outcomes = (await Task.WhenAll(readers)).SelectMany(o => o).ToArray();
        Assert.True(outcomes.Length >= Readers * ReadsAfterTheKill);
        Assert.All(outcomes, o => Assert.Equal(HttpStatusCode.OK, o));

        await whole.Notifications.WaitForResourceAsync("api", e => e.ResourceId == victim.ResourceId && e.Snapshot.State?.Text is "Finished" or "Exited", Cancellation);
        var restarted = await whole.Application.ResourceCommands.ExecuteCommandAsync(victim.ResourceId, "start", Cancellation);
        Assert.True(restarted.Success, restarted.Message);
        await whole.Notifications.WaitForResourceAsync(
            "api",
            e => e.ResourceId == victim.ResourceId && e.Snapshot.HealthStatus == HealthStatus.Healthy,
            Cancellation);
    }

    /// <summary>Reads without a pause until the kill, and a fixed number of times after it.</summary>
    private async Task<List<HttpStatusCode>> ReadUntilAsync(Task killed)
    {
        using var client = NewConnectionEachTime();
        var outcomes = new List<HttpStatusCode>();
        for (var after = 0; after < ReadsAfterTheKill; after += killed.IsCompleted ? 1 : 0)
        {
            using var answer = await client.GetAsync("/applications/survives", Cancellation);
            outcomes.Add(answer.StatusCode);
        }

        return outcomes;
    }

    private HttpClient NewConnectionEachTime() => new()
    {
        BaseAddress = whole.Application.GetEndpoint("gateway", "http"),
        DefaultRequestHeaders = { ConnectionClose = true },
    };

    private static async Task RegisterAsync(HttpClient client, string name)
    {
        using var registered = await client.PostAsJsonAsync("/applications", new { name, description = "A test's own." }, Cancellation);
        Assert.True(registered.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict, await registered.Content.ReadAsStringAsync(Cancellation));
    }
}
