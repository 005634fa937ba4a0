using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Slipway.ServiceDefaults.Internal;
using Slipway.TestKit;

namespace Slipway.ServiceDefaults.Tests.Metrics;

public sealed class MetricsEndpointTests
{
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PromtoolHasNothingToComplainOf()
    {
        Assert.SkipWhen(Promtool.IsAbsent, Promtool.Absent);
        await using var service = await StartAsync();
        Meter(service).CreateCounter<long>("slipway.awkward.total", "{x}", "Back\\slash, \"quotes\"\nand a line break.")
            .Add(1, new("camelCase", "back\\slash \"quoted\"\nsecond line"), new("with.dots", true));
        await service.Client.GetAsync("/things/1", Cancellation);

        var text = await ScrapeAsync(service);

        Assert.Contains("slipway_awkward_total{camel_case=\"back\\\\slash \\\"quoted\\\"\\nsecond line\",with_dots=\"true\"} 1\n", text, StringComparison.Ordinal);
        Assert.Equal("", await Promtool.ComplaintsAsync(text, Cancellation));
    }

    [Fact]
    public async Task ItTellsRequestsRuntimeProcessAndDisks()
    {
        await using var service = await StartAsync();
        await service.Client.GetAsync("/things/1", Cancellation);

        var text = await ScrapeAsync(service);

        Assert.Contains("http_server_request_duration_seconds_count{http_request_method=\"GET\",http_response_status_code=\"200\",http_route=\"/things/{id}\"", text, StringComparison.Ordinal);
        foreach (var series in new[]
        {
            "http_server_active_requests{", "kestrel_active_connections{", "dotnet_process_cpu_time_seconds_total{", "dotnet_process_memory_working_set_bytes ",
            "dotnet_gc_collections_total{", "dotnet_thread_pool_threads ", "process_threads ", "process_open_fds ", "process_max_fds ", "process_start_time_seconds ",
            "slipway_disk_free_bytes{folder=\"/\"} ", "slipway_disk_size_bytes{folder=\"/\"} ", "target_info{",
        })
        {
            Assert.Contains("\n" + series, text, StringComparison.Ordinal);
        }

        Assert.Contains("service_name=\"test-service\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("# HELP slipway_disk_free_bytes Instrument", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PathsAreTemplatesAndUnknownMethodsAreOne()
    {
        await using var service = await StartAsync();
        for (var n = 0; n < 20; n++)
        {
            await service.Client.GetAsync($"/things/{n}", Cancellation);
            await service.Client.GetAsync($"/nowhere/{n}", Cancellation);
            using var odd = new HttpRequestMessage(new HttpMethod($"ODD{n}"), "/things/1");
            using var answer = await service.Client.SendAsync(odd, Cancellation);
        }

        var text = await ScrapeAsync(service);

        var counts = text.Split('\n').Where(static line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal)).ToArray();
        Assert.InRange(counts.Length, 3, 4);
        Assert.Contains(counts, line => line.Contains("_OTHER", StringComparison.Ordinal));
        Assert.DoesNotContain("ODD1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("nowhere", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenMetricsCarriesTheTraceOfARequest()
    {
        await using var service = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/things/1");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        await service.Client.SendAsync(request, Cancellation);

        var text = await ScrapeAsync(service, OpenMetrics);

        var lines = text.Split('\n');
        Assert.Contains(lines, line => line.StartsWith("http_server_request_duration_seconds_bucket", StringComparison.Ordinal)
            && line.Contains("# {trace_id=\"0af7651916cd43dd8448eb211c80319c\",span_id=\"", StringComparison.Ordinal));
        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE dotnet_gc_collections counter", lines);
        Assert.Contains("# TYPE target info", lines);
        Assert.Contains("# UNIT http_server_request_duration_seconds seconds", lines);
        Assert.Contains(lines, line => line.Contains("le=\"1.0\"", StringComparison.Ordinal));
        Assert.DoesNotContain("trace_id", await ScrapeAsync(service), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PrometheusReadsTheOpenMetrics()
    {
        Assert.SkipWhen(Promtool.IsAbsent, Promtool.Absent);
        await using var service = await StartAsync();
        Meter(service).CreateCounter<long>("slipway.awkward", "{x}", "Back\\slash, \"quotes\"\nand a line break.").Add(1, new KeyValuePair<string, object?>("a", "\"\n"));
        await service.Client.GetAsync("/things/1", Cancellation);

        var text = await ScrapeAsync(service, OpenMetrics);

        Assert.Contains(" # {trace_id=", text, StringComparison.Ordinal);
        Assert.Equal("", await Promtool.OpenMetricsErrorAsync(text, Cancellation));
        Assert.NotEqual("", await Promtool.OpenMetricsErrorAsync(text.Replace("# EOF\n", "", StringComparison.Ordinal), Cancellation));
    }

    [Theory]
    [InlineData(null, "text/plain")]
    [InlineData("*/*", "text/plain")]
    [InlineData("nonsense;;;", "text/plain")]
    [InlineData("application/openmetrics-text", "application/openmetrics-text")]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "application/openmetrics-text")]
    [InlineData("application/openmetrics-text;version=2.0.0;q=0.9,text/plain;q=0.5", "text/plain")]
    [InlineData("application/openmetrics-text;q=0.3,text/plain;q=0.5", "text/plain")]
    public async Task TheFormatIsTheOneThatIsPreferred(string? accept, string expected)
    {
        await using var service = await StartAsync();
        using var http = Internal(service);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept);

        using var answer = await http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(expected, answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task TheApplicationsPortHasNoMetrics()
    {
        await using var service = await StartAsync();

        using var answer = await service.Client.GetAsync("/metrics", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task ManyCollectorsAtOnceCostOneCollection()
    {
        await using var service = await StartAsync();
        using var entered = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        var collections = 0;
        Meter(service).CreateObservableGauge("slipway.slow", () =>
        {
            Interlocked.Increment(ref collections);
            entered.Release();
            goOn.Wait(Cancellation);
            return 1;
        });
        using var http = Internal(service);

        var first = http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        await entered.WaitAsync(Cancellation);
        var others = Enumerable.Range(0, 8).Select(_ => http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation)).ToArray();
        goOn.Release(100);
        await first;
        await Task.WhenAll(others);

        // Those who came in time shared it; a late one may have begun another.
        Assert.InRange(collections, 1, others.Length);
    }

    [Fact]
    public async Task AnInstrumentThatHangsIsToldAfterTheTimeLimit()
    {
        using var goOn = new ManualResetEventSlim();
        await using var service = await StartAsync(new KeyValuePair<string, string?>("Prometheus:ScrapeTimeout", "00:00:00.200"));
        Meter(service).CreateObservableGauge("slipway.hangs", () =>
        {
            goOn.Wait(Cancellation);
            return 1;
        });
        using var http = Internal(service);

        using var answer = await http.GetAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        goOn.Set();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("urn:slipway:problem:metrics:unavailable", problem.GetProperty("type").GetString());
    }

    [Fact]
    public async Task LabelsThatNeverEndAreCountedTogether()
    {
        await using var service = await StartAsync(new KeyValuePair<string, string?>("Prometheus:MaxSeries", "10"));
        var counter = Meter(service).CreateCounter<long>("slipway.careless", "{x}", "By something that clients choose.");
        for (var n = 0; n < 1000; n++)
            counter.Add(1, new KeyValuePair<string, object?>("client", n));

        var text = await ScrapeAsync(service);

        var series = text.Split('\n').Where(static line => line.StartsWith("slipway_careless_total{", StringComparison.Ordinal)).ToArray();
        Assert.InRange(series.Length, 2, 11);
        Assert.Contains(series, static line => line.Contains("otel_metric_overflow=\"true\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task InstrumentsOfOneNameAreToldApart()
    {
        Assert.SkipWhen(Promtool.IsAbsent, Promtool.Absent);
        await using var service = await StartAsync();
        var meters = service.Services.GetRequiredService<IMeterFactory>();
        meters.Create("Slipway.One").CreateCounter<long>("slipway.shared", null, "Of two.").Add(1);
        meters.Create("Slipway.Two").CreateCounter<long>("slipway.shared", null, "Of two.").Add(2);
        meters.Create("Slipway.Three").CreateHistogram<double>("slipway.shared", null, "Contradicts them.").Record(3);

        var text = await ScrapeAsync(service);

        Assert.Equal(2, text.Split("# TYPE slipway_shared").Length);
        Assert.Contains("slipway_shared_total{otel_scope_name=\"Slipway.One\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("slipway_shared_total{otel_scope_name=\"Slipway.Two\"} 2\n", text, StringComparison.Ordinal);
        Assert.Equal("", await Promtool.ComplaintsAsync(text, Cancellation));
    }

    private static Task<TestService> StartAsync(params KeyValuePair<string, string?>[] settings) => TestService.StartAsync(
        map: app => app.MapGet("/things/{id}", (string id) => id),
        settings: [new("Internal:Port", "0"), .. settings]);

    private static Meter Meter(TestService service) => service.Services.GetRequiredService<IMeterFactory>().Create("Slipway.Test");

    private static HttpClient Internal(TestService service) => new() { BaseAddress = service.Services.GetRequiredService<InternalListener>().Address };

    private static async Task<string> ScrapeAsync(TestService service, string? accept = null)
    {
        using var http = Internal(service);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }
}
