using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

public sealed class ServerSpanTests
{
    private static async Task<(HttpResponseMessage Response, ActivityTraceId Trace)> SendAsync(
        TestService service, string path, HttpMethod? method = null, bool recorded = true)
    {
        var trace = ActivityTraceId.CreateRandom();
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-{(recorded ? "01" : "00")}");
        return (await service.Client.SendAsync(request, TestContext.Current.CancellationToken), trace);
    }

    private static Task<Activity> ServerSpanAsync(TestService service, ActivityTraceId trace) =>
        service.Spans.FirstAsync(trace, span => span.Kind == ActivityKind.Server);

    [Fact]
    public async Task AServerSpanCarriesMethodRouteStatusAndAReadableName()
    {
        await using var service = await TestService.StartAsync(map: app => app.MapGroup("/applications").MapGet("{id:int}", (int id) => id));

        var (_, trace) = await SendAsync(service, "/applications/7?secret=1");
        var span = await ServerSpanAsync(service, trace);

        Assert.Equal("GET /applications/{id:int}", span.DisplayName);
        Assert.Equal("GET", span.GetTagItem("http.request.method"));
        Assert.Equal("/applications/{id:int}", span.GetTagItem("http.route"));
        Assert.Equal("/applications/7", span.GetTagItem("url.path"));
        Assert.Equal(200, span.GetTagItem("http.response.status_code"));
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        Assert.Null(span.GetTagItem("error.type"));
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task AnExceptionMarksTheSpanAndKeepsItsRoute(string environment)
    {
        await using var service = await TestService.StartAsync(
            map: app => app.MapGet("/broken/{id}", string (string id) => throw new InvalidOperationException("No " + id)), environment: environment);

        var (response, trace) = await SendAsync(service, "/broken/1");
        var span = await ServerSpanAsync(service, trace);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("GET /broken/{id}", span.DisplayName);
        Assert.Equal(500, span.GetTagItem("http.response.status_code"));
        Assert.Equal("System.InvalidOperationException", span.GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Contains(span.Events, e => e.Name == "exception");
    }

    [Fact]
    public async Task AServerErrorWithoutAnExceptionIsAnError()
    {
        await using var service = await TestService.StartAsync(map: app => app.MapGet("/down", () => Results.StatusCode(503)));

        var (_, trace) = await SendAsync(service, "/down");
        var span = await ServerSpanAsync(service, trace);

        Assert.Equal("503", span.GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Error, span.Status);
    }

    [Fact]
    public async Task AnUnknownPathIsNamedByItsMethodAloneAndIsNoError()
    {
        await using var service = await TestService.StartAsync();

        var (_, trace) = await SendAsync(service, "/no/such/path");
        var span = await ServerSpanAsync(service, trace);

        Assert.Equal("GET", span.DisplayName);
        Assert.Null(span.GetTagItem("http.route"));
        Assert.Equal(404, span.GetTagItem("http.response.status_code"));
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
    }

    [Fact]
    public async Task HealthProbesAndWhatTheyCauseAreNotTraced()
    {
        using var work = new ActivitySource("Slipway.Tests.Probe");
        await using var service = await TestService.StartAsync(
            builder => builder.Services.AddHealthChecks().AddCheck("works", () =>
            {
                using var span = work.StartActivity("inside the check");
                return Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckResult.Healthy();
            }),
            app => app.MapGet("/work", () =>
            {
                using var span = work.StartActivity("inside the request");
            }));

        var (_, health) = await SendAsync(service, "/health");
        var (_, alive) = await SendAsync(service, "/alive");
        var (_, traced) = await SendAsync(service, "/work");
        await ServerSpanAsync(service, traced);

        Assert.Contains(service.Spans.Of(traced), span => span.DisplayName == "inside the request");
        Assert.Empty(service.Spans.Of(health));
        Assert.Empty(service.Spans.Of(alive));
    }

    [Fact]
    public async Task ACallToAnotherServiceIsOneTraceThroughBoth()
    {
        await using var api = await TestService.StartAsync(map: app => app.MapGet("/items/{id}", (string id) => id));
        await using var front = await TestService.StartAsync(
            builder => builder.Configuration.AddInMemoryCollection([new("services:api:http:0", api.Address.ToString())]),
            app => app.MapGet("/front", async (IHttpClientFactory clients, CancellationToken cancellationToken) =>
                await clients.CreateClient().GetStringAsync(new Uri("http://api/items/5"), cancellationToken)));

        var (_, trace) = await SendAsync(front, "/front");
        var server = await front.Spans.FirstAsync(trace, span => span.DisplayName == "GET /front");
        var client = await front.Spans.FirstAsync(trace, span => span.Kind == ActivityKind.Client);
        var downstream = await api.Spans.FirstAsync(trace, span => span.DisplayName == "GET /items/{id}");

        Assert.Equal(server.SpanId, client.ParentSpanId);
        Assert.Equal(client.SpanId, downstream.ParentSpanId);
        Assert.Equal(200, client.GetTagItem("http.response.status_code"));
        Assert.Equal(api.Address.Port, client.GetTagItem("server.port"));
    }
}
