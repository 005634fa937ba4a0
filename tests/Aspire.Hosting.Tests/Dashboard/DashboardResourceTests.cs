using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Dashboard;

public class DashboardResourceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Names, order and values as the official host gave them to the orchestrator (golden 01-product/env).</summary>
    [Fact]
    public async Task Environment_IsTheOfficialOneAndTheDelayForAQuickerStart()
    {
        Assert.SkipWhen(GoldenData.Folder is null, GoldenData.Missing);
        var golden = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(GoldenData.Folder!, "01-product", "env", "aspire-dashboard.json"), Cancellation))!;
        await using var feed = new ApplicationFeed(
            settings:
            [
                ("ASPNETCORE_URLS", "http://127.0.0.1:18888"),
                ("ASPNETCORE_ENVIRONMENT", "Development"),
                ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "http://127.0.0.1:18889"),
            ]);
        var (dashboard, variables) = await EnvironmentAsync(feed);

        var url = await feed.Host.GetUrlAsync(Cancellation);
        var expected = golden["specEnv"]!.AsArray().Select(v => (Name: v![0]!.GetValue<string>(), Value: v[1]!.GetValue<string>()));
        Assert.Equal(
            expected.Select(v => (v.Name, v.Value
                .Replace("golden-key", "the-key", StringComparison.Ordinal)
                .Replace("golden-token", "the-token", StringComparison.Ordinal)
                .Replace("SECRET.otlp-api-key", "otlp-key", StringComparison.Ordinal)
                .Replace("SECRET.dashboard-api-key", "api-key", StringComparison.Ordinal)
                .Replace("http://127.0.0.1:18890", url, StringComparison.Ordinal)))
                .Append(("DOTNET_TC_CallCountingDelayMs", "3E8")),
            variables);
        Assert.Equal("dashboard", Assert.Single(await ArgumentsAsync(dashboard)));
    }

    [Fact]
    public async Task Environment_WithOtlpOverHttp_OffersItToBrowsers()
    {
        await using var feed = new ApplicationFeed(
            settings: [("ASPNETCORE_URLS", "http://127.0.0.1:18888"), ("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "http://127.0.0.1:0"), ("ASPIRE_DASHBOARD_CORS_ALLOWED_ORIGINS", "http://a")]);

        var (dashboard, variables) = await EnvironmentAsync(feed);

        Assert.Equal(["http", "otlp-http"], dashboard.Annotations.OfType<EndpointAnnotation>().Select(e => e.Name));
        Assert.Contains(("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "http://127.0.0.1:{{- portForServing \"aspire-dashboard-otlp-http\" -}}"), variables);
        Assert.Contains(("DASHBOARD__OTLP__CORS__ALLOWEDORIGINS", "http://a"), variables);
        Assert.DoesNotContain(variables, v => v.Name == "ASPIRE_DASHBOARD_CORS_ALLOWED_ORIGINS");
    }

    [Fact]
    public async Task Resource_IsHiddenFirstInTheModelAndHasLoginUrls()
    {
        await using var feed = new ApplicationFeed(settings: ("ASPNETCORE_URLS", "http://127.0.0.1:18888"));
        var model = new DistributedApplicationModel([new TestResource("app")]);
        feed.Dashboard.AddTo(model);
        var dashboard = (ExecutableResource)model.Resources[0];
        var urls = dashboard.GetEndpoints().Select(e => new ResourceUrlAnnotation { Url = $"http://x/{e.EndpointName}", Endpoint = e }).ToList();
        var context = new ResourceUrlsCallbackContext(new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run), dashboard, urls);
        await dashboard.Annotations.OfType<ResourceUrlsCallbackAnnotation>().Single().Callback(context);

        Assert.True(dashboard.Annotations.OfType<ResourceSnapshotAnnotation>().Single().InitialSnapshot.IsHidden);
        Assert.Equal(
            [("http://x/http/login?t=the-token", "Dashboard (http)", 1), ("http://x/otlp-grpc", "otlp-grpc", (int?)null)],
            urls.Select(u => (u.Url, u.DisplayText!, u.DisplayOrder)));
    }

    private static async Task<(ExecutableResource Dashboard, List<(string Name, string Value)> Variables)> EnvironmentAsync(ApplicationFeed feed)
    {
        feed.Host.Start();
        await feed.Host.GetUrlAsync(Cancellation);
        var dashboard = feed.Dashboard.AddTo(new DistributedApplicationModel([]));
        foreach (var endpoint in dashboard.Annotations.OfType<EndpointAnnotation>())
        {
            endpoint.AllocatedEndpoint = new AllocatedEndpoint(
                endpoint, "127.0.0.1", endpoint.Port ?? 1, targetPortExpression: $"{{{{- portForServing \"aspire-dashboard-{endpoint.Name}\" -}}}}");
        }

        var context = new EnvironmentCallbackContext(
            new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run), dashboard, cancellationToken: Cancellation);
        await dashboard.Annotations.OfType<EnvironmentCallbackAnnotation>().Single().Callback(context);
        var values = new List<(string, string)>();
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            values.Add((name, value is IValueProvider provider ? (await provider.GetValueAsync(Cancellation))! : (string)value));
        }

        return (dashboard, values);
    }

    private static async Task<IList<object>> ArgumentsAsync(ExecutableResource dashboard)
    {
        var context = new CommandLineArgsCallbackContext([], dashboard, Cancellation);
        await dashboard.Annotations.OfType<CommandLineArgsCallbackAnnotation>().Single().Callback(context);
        return context.Args;
    }
}
