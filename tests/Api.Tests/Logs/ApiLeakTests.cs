using System.Text.Json;
using Slipway.TestKit;

namespace Slipway.Api.Tests.Logs;

/// <summary>Plants secrets and looks for them in everything that the Api's process puts out, with its database and without.</summary>
public sealed class ApiLeakTests(PostgresServer postgres)
{
    private const string WrongPassword = "vB7nM2kX9qW4zR6tY1pL8sD3";
    private const string RedisPassword = "hJ5gF8dS3aQ6wE9rT2yU4iO7";
    private const string DetailedKey = "aZ8sX5dC2fV9gB6hN3jM0kL7pO4iU1yT";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Production", "json")]
    [InlineData("Development", "simple")]
    public async Task NoSecretIsInAnyOutputWhetherTheDatabaseIsThereRefusesOrIsAway(string environment, string formatter)
    {
        await using var collector = new OtlpCollector();
        var database = await TwoReplicas.MigratedAsync(postgres);
        var password = new Npgsql.NpgsqlConnectionStringBuilder(database).Password!;
        string[] databases = [database, database.Replace(password, WrongPassword, StringComparison.Ordinal), $"Host=127.0.0.1;Port=9;Username=me;Password={WrongPassword};Database=x"];
        List<(string Name, string Text)> outputs = [];
        foreach (var connection in databases)
        {
            await using var api = Start(environment, formatter, connection, collector);
            using var client = new HttpClient { BaseAddress = await api.AddressAsync(Cancellation) };
            using var operators = new HttpClient { BaseAddress = await api.InternalAddressAsync(Cancellation) };
            string?[] bodies = ["{\"name\":\"shop\",\"password\":\"SECRET\"}", "{\"name\":\"shop\",\"token\":\"SECRET", "{\"name\":\"SECRET!\"}", "{\"name\":\"shop\"}"];
            foreach (var body in bodies)
                outputs.Add(("problem", await AnswerAsync(client, PlantedSecrets.Request(HttpMethod.Post, "/applications", body))));
            foreach (var path in new[] { "/applications", "/applications/shop", "/nowhere", "/health", "/health/detailed" })
                outputs.Add((path, await AnswerAsync(client, PlantedSecrets.Request(HttpMethod.Get, path))));
            outputs.Add(("/metrics", await AnswerAsync(operators, PlantedSecrets.Request(HttpMethod.Get, "/metrics"))));
            Assert.Equal(0, await api.StopAsync(Cancellation));
            outputs.Add(("console", api.Output));
            if (formatter == "json")
                Assert.All(api.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonElement.Parse(line));
        }

        outputs.AddRange([("logs", collector.Received("logs")), ("traces", collector.Received("traces")), ("metrics", collector.Received("metrics"))]);
        Assert.All(outputs, static output => Assert.NotEqual("", output.Text));
        Assert.Contains(outputs, static output => output is { Name: "console" } && output.Text.Contains("/applications/shop", StringComparison.Ordinal));
        Assert.Empty(PlantedSecrets.Leaks(
            [
                .. PlantedSecrets.InRequests, new("opsdb", password), new("opsdb, wrong", WrongPassword), new("cache", RedisPassword), new("Health:DetailedKey", DetailedKey),
            ], outputs));
    }

    private static ServiceProcess Start(string environment, string formatter, string database, OtlpCollector collector) => ServiceProcess.Start(
        typeof(ApiApplication).Assembly.Location,
        [
            "--urls=http://127.0.0.1:0", $"--environment={environment}", $"--ConnectionStrings:opsdb={database}", $"--ConnectionStrings:cache=127.0.0.1:9,password={RedisPassword}",
            "--Internal:Port=0", $"--Health:DetailedKey={DetailedKey}", "--Shutdown:ReadinessDelay=00:00:00", $"--Logging:Console:FormatterName={formatter}",
            "--Logging:Console:FormatterOptions:IncludeScopes=true", "--Logging:LogLevel:Microsoft.AspNetCore=Trace", "--Logging:LogLevel:Npgsql=Trace", "--Logging:LogLevel:System=Trace",
        ],
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_EXPORTER_OTLP_HEADERS", ""));

    private static async Task<string> AnswerAsync(HttpClient client, HttpRequestMessage request)
    {
        using (request)
        using (var answer = await client.SendAsync(request, Cancellation))
            return $"{(int)answer.StatusCode} {answer.Headers} {await answer.Content.ReadAsStringAsync(Cancellation)}";
    }
}
