using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

public sealed partial class OtlpExportTests
{
    [Fact]
    public async Task TracesMetricsAndLogsArriveAtTheEndpoint()
    {
        var received = new ConcurrentDictionary<string, string>();
        await using var collector = await StartCollectorAsync(received);

        string address;
        await using (var service = await TestService.StartAsync(
            map: app => app.MapGet("/exported/{id}", (string id, ILogger<OtlpExportTests> logger) => Saw(logger, id)),
            otlpEndpoint: collector.Urls.Single()))
        {
            address = service.Address.ToString();
            await service.Client.GetAsync("/exported/42", TestContext.Current.CancellationToken);
            // The client's side of it is recorded in this process too.
            await service.Client.GetAsync("/health", TestContext.Current.CancellationToken);
        }

        // Stopping the service flushes it.
        Assert.Contains("GET /exported/{id}", received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("/exported/42", received["/v1/traces"], StringComparison.Ordinal);
        Assert.DoesNotContain($"{address}health", received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("test-service", received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("http.server.request.duration", received["/v1/metrics"], StringComparison.Ordinal);
        Assert.Contains("dotnet.process.cpu.count", received["/v1/metrics"], StringComparison.Ordinal);
        Assert.Contains("Saw 42", received["/v1/logs"], StringComparison.Ordinal);
    }

    [LoggerMessage(1, LogLevel.Information, "Saw {Id}")]
    private static partial void Saw(ILogger logger, string id);

    private static async Task<WebApplication> StartCollectorAsync(ConcurrentDictionary<string, string> received)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var collector = builder.Build();
        collector.MapPost("/v1/{signal}", async (HttpRequest request, CancellationToken cancellationToken) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, cancellationToken);
            // Protobuf keeps strings as UTF-8, which is enough to find them.
            var text = Encoding.UTF8.GetString(body.ToArray());
            received.AddOrUpdate(request.Path.Value!, text, (_, before) => before + text);
            return Results.Bytes([], "application/x-protobuf");
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }
}
