using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.Testing;

namespace Slipway.AppHost.Tests;

/// <summary>The Gateway of the running application counts its limits in the application's Redis.</summary>
public sealed class LimitsTests(WholeApplication whole)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LimitsAreCountedInTheCacheAndADeveloperIsHardlyLimited()
    {
        using var client = whole.Application.CreateHttpClient("gateway", "http");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        string? limits;
        do
        {
            var health = await client.GetFromJsonAsync<JsonNode>("/health", limit.Token);
            limits = health!["checks"]!["limits"]!["description"]!.GetValue<string>();
        }
        while (limits != "Limits are counted in Redis.");

        using var answer = await client.GetAsync("/applications", Cancellation);
        Assert.Equal("\"address-minute\";q=600000;w=60, \"address-hour\";q=30000000;w=3600", Assert.Single(answer.Headers.GetValues("RateLimit-Policy")));
    }
}
