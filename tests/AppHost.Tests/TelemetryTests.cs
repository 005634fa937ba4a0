using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;

namespace Slipway.AppHost.Tests;

/// <summary>What the services tell the dashboard, read through its own API.</summary>
public sealed class TelemetryTests(WholeApplication whole)
{
    [Fact]
    public async Task ARequestLeavesOneTraceFromTheGatewayToPostgresAndRedis()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var gateway = new HttpClient { BaseAddress = whole.Application.GetEndpoint("gateway", "http"), DefaultRequestHeaders = { { "X-Api-Key", DataFolder.ApiKey } } };
        using var registered = await gateway.PostAsJsonAsync("/applications", new { name = "traced", description = "A test's own." }, cancellation);
        using var dashboard = new HttpClient { BaseAddress = new Uri(whole.DashboardLoginUrl.Split("/login")[0]) };
        dashboard.DefaultRequestHeaders.Add("x-api-key", whole.DashboardApiKey);

        string[] wanted = ["gateway", "api", "postgresql", "redis"];
        IReadOnlyCollection<string> best = [];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!wanted.All(best.Contains))
        {
            Assert.False(limit.IsCancellationRequested, $"The fullest trace had: {string.Join(", ", best)}.");
            using var read = await gateway.GetAsync("/applications/traced", cancellation);
            var traces = await dashboard.GetFromJsonAsync<JsonElement>("/api/telemetry/traces?limit=200", cancellation);
            best = Traces(traces).Select(t => t.Value).Append(best).MaxBy(parts => wanted.Count(parts.Contains))!;
        }
    }

    /// <summary>Per trace id, the services in it and the systems that they called.</summary>
    private static Dictionary<string, IReadOnlyCollection<string>> Traces(JsonElement answer)
    {
        var traces = new Dictionary<string, IReadOnlyCollection<string>>();
        foreach (var resource in answer.GetProperty("data").GetProperty("resourceSpans").EnumerateArray())
        {
            var service = Attribute(resource.GetProperty("resource"), "service.name");
            foreach (var span in resource.GetProperty("scopeSpans").EnumerateArray().SelectMany(s => s.GetProperty("spans").EnumerateArray()))
            {
                var id = span.GetProperty("traceId").GetString()!;
                var parts = (HashSet<string>)(traces.TryGetValue(id, out var known) ? known : traces[id] = new HashSet<string>());
                parts.Add(service ?? string.Empty);
                parts.Add(Attribute(span, "db.system.name") ?? Attribute(span, "db.system") ?? string.Empty);
            }
        }

        return traces;
    }

    private static string? Attribute(JsonElement owner, string key)
    {
        if (!owner.TryGetProperty("attributes", out var attributes))
        {
            return null;
        }

        foreach (var attribute in attributes.EnumerateArray())
        {
            if (attribute.GetProperty("key").GetString() == key)
            {
                return attribute.GetProperty("value").TryGetProperty("stringValue", out var value) ? value.GetString() : null;
            }
        }

        return null;
    }
}
