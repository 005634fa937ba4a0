using System.Text.Json;
using Slipway.Gateway.Tests.Harness;
using Slipway.TestKit;

namespace Slipway.Gateway.Tests.Logs;

/// <summary>Plants secrets and looks for them in everything that the Gateway's process puts out.</summary>
public sealed class GatewayLeakTests
{
    private const string InternalKey = "mQ3xK9vT7zR1wB5nC8pL2sD6fG4hJ0yA";
    private const string DetailedKey = "aZ8sX5dC2fV9gB6hN3jM0kL7pO4iU1yT";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Production", "json")]
    [InlineData("Production", "simple")]
    [InlineData("Development", "simple")]
    public async Task NoSecretIsInAnyOutputWhetherItWorksOrFails(string environment, string formatter)
    {
        await using var backend = await LocalBackend.Start();
        await using var collector = new OtlpCollector();
        List<(string Name, string Text)> outputs = [];
        foreach (var destination in new[] { backend.Address, new Uri("http://127.0.0.1:9") })
        {
            await using var gateway = Start(environment, formatter, destination, collector);
            using var client = new HttpClient { BaseAddress = await gateway.AddressAsync(Cancellation) };
            using var operators = new HttpClient { BaseAddress = await gateway.InternalAddressAsync(Cancellation) };
            // The backend's own echo of a request goes back to whoever sent it; it is not among the outputs.
            using (var works = PlantedSecrets.Request(HttpMethod.Get, "/applications/echo"))
            using (var _ = await client.SendAsync(works, Cancellation))
            {
            }

            outputs.Add(("problem", await AnswerAsync(client, PlantedSecrets.Request(HttpMethod.Post, "/applications/break/1", "{\"password\":\"SECRET\"}"))));
            outputs.Add(("problem", await AnswerAsync(client, PlantedSecrets.Request(HttpMethod.Get, "/nowhere"))));
            foreach (var path in new[] { "/health", "/health/readiness", "/health/detailed" })
                outputs.Add((path, await AnswerAsync(client, PlantedSecrets.Request(HttpMethod.Get, path))));
            outputs.Add(("/metrics", await AnswerAsync(operators, PlantedSecrets.Request(HttpMethod.Get, "/metrics"))));
            Assert.Equal(0, await gateway.StopAsync(Cancellation));
            outputs.Add(("console", gateway.Output));
            if (formatter == "json")
                Assert.All(gateway.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonElement.Parse(line));
        }

        outputs.AddRange([("logs", collector.Received("logs")), ("traces", collector.Received("traces")), ("metrics", collector.Received("metrics"))]);
        Assert.All(outputs, static output => Assert.NotEqual("", output.Text));
        // So that a silent log doesn't pass: the requests themselves are there.
        Assert.Contains(outputs, static output => output is { Name: "console" } && output.Text.Contains("/applications/echo", StringComparison.Ordinal));
        Assert.Contains("/applications/", outputs.Single(static output => output.Name == "traces").Text, StringComparison.Ordinal);
        Assert.Empty(PlantedSecrets.Leaks(
            [.. PlantedSecrets.InRequests, new("Internal:Key", InternalKey), new("Health:DetailedKey", DetailedKey)], outputs));
    }

    [Fact]
    public async Task NoClientWritesLinesOfItsOwn()
    {
        await using var collector = new OtlpCollector();
        await using var gateway = Start("Production", "simple", new Uri("http://127.0.0.1:9"), collector);
        using var client = new HttpClient { BaseAddress = await gateway.AddressAsync(Cancellation) };

        await AnswerAsync(client, new HttpRequestMessage(HttpMethod.Get, "/applications/x%0Acrit:%20Forged%5B1%5D%0D%0Afail:%20Again%5B2%5D%1B%5B2K%C2%9B"));
        await gateway.StopAsync(Cancellation);

        Assert.Contains("Forged", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Output.Split('\n', '\r'), static line => line.StartsWith("crit:", StringComparison.Ordinal) || line.StartsWith("fail: Again", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Output, static character => character is '\u001b' or '\r' or '\u009b');
    }

    [Fact]
    public async Task AnAddressWithAPasswordIsRefusedWithoutShowingIt()
    {
        await using var gateway = ServiceProcess.Start(
            typeof(GatewayApp).Assembly.Location, ["--urls=http://127.0.0.1:0", "--services:api:http:0=http://me:plantedpassword@127.0.0.1:9"]);

        Assert.Equal(1, await gateway.EndAsync(Cancellation));
        Assert.Contains("services:api:http:0: 'http://me:***@127.0.0.1:9'", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("plantedpassword", gateway.Output, StringComparison.Ordinal);
    }

    private static ServiceProcess Start(string environment, string formatter, Uri destination, OtlpCollector collector) => ServiceProcess.Start(
        typeof(GatewayApp).Assembly.Location,
        [
            "--urls=http://127.0.0.1:0", $"--environment={environment}", $"--services:api:http:0={destination.OriginalString}", "--Internal:Port=0", $"--Internal:Key={InternalKey}",
            $"--Health:DetailedKey={DetailedKey}", "--Gateway:AllowPlainHttp=true", "--Shutdown:ReadinessDelay=00:00:00", $"--Logging:Console:FormatterName={formatter}",
            "--Logging:Console:FormatterOptions:IncludeScopes=true", "--Logging:LogLevel:Microsoft=Trace", "--Logging:LogLevel:Yarp=Trace", "--Logging:LogLevel:System=Trace",
            "--Logging:LogLevel:Microsoft.AspNetCore=Trace", "--Logging:LogLevel:Yarp.ReverseProxy=Trace",
        ],
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_EXPORTER_OTLP_HEADERS", ""));

    private static async Task<string> AnswerAsync(HttpClient client, HttpRequestMessage request)
    {
        using (request)
        using (var answer = await client.SendAsync(request, Cancellation))
            return $"{(int)answer.StatusCode} {answer.Headers} {await answer.Content.ReadAsStringAsync(Cancellation)}";
    }
}
