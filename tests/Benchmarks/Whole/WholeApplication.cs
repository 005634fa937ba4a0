using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Slipway.Benchmarks.Measure;
using Slipway.TestKit;

namespace Slipway.Benchmarks.Whole;

/// <summary>The application as it runs in production, without the development orchestrator beside it: durable PostgreSQL, Redis, Api, Gateway.</summary>
internal sealed class WholeApplication : IAsyncDisposable
{
    public const string Registered = "shop";

    private static readonly TimeSpan s_migrationLimit = TimeSpan.FromMinutes(1);

    private readonly string _secret = RandomNumberGenerator.GetHexString(48, lowercase: true);

    public PostgresServer Postgres { get; } = new() { IsDurable = true };

    public RedisServer Redis { get; } = new();

    public IReadOnlyList<Service> Apis { get; private set; } = [];

    public Service Gateway { get; private set; } = null!;

    public string Database { get; private set; } = "";

    /// <summary>The first API key, which may do everything.</summary>
    public (string Name, string Value) Credential => ("X-Api-Key", $"first.{_secret}");

    /// <param name="replicas">Of the Api.</param>
    /// <param name="telemetry">Where traces, metrics and logs are sent to; null: nowhere.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<WholeApplication> StartAsync(int replicas, Uri? telemetry, CancellationToken cancellationToken)
    {
        var whole = new WholeApplication();
        try
        {
            await Task.WhenAll(whole.Postgres.InitializeAsync().AsTask(), whole.Redis.InitializeAsync().AsTask());
            whole.Database = await whole.Postgres.CreateDatabaseAsync();
            await whole.MigrateAsync(cancellationToken);
            (string, string)[] common =
            [
                ("DOTNET_ENVIRONMENT", "Development"), ("Logging__Console__FormatterName", "json"), ("ConnectionStrings__cache", whole.Redis.ConnectionString),
                .. telemetry is null ? Array.Empty<(string, string)>() : [("OTEL_EXPORTER_OTLP_ENDPOINT", telemetry.GetLeftPart(UriPartial.Authority)), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")],
            ];
            var apis = new List<Service>();
            for (var replica = 0; replica < replicas; replica++)
            {
                apis.Add(await Service.StartAsync("Api", [.. common, ("ConnectionStrings__opsdb", whole.Database), ("OTEL_SERVICE_NAME", "api")], cancellationToken));
                whole.Apis = [.. apis];
            }

            // All limits on, none reached: the load is one client from one address.
            var addresses = apis.Select((api, index) => (string.Create(CultureInfo.InvariantCulture, $"services__api__http__{index}"), api.Address.GetLeftPart(UriPartial.Authority)));
            whole.Gateway = await Service.StartAsync("Gateway", [.. common, .. addresses, .. GatewaySettings.LimitsNeverReached, ("OTEL_SERVICE_NAME", "gateway")], cancellationToken);
            using var client = whole.NewClient();
            using var registered = await client.PostAsJsonAsync("/applications", new { name = Registered, description = "Under load." }, cancellationToken);
            registered.EnsureSuccessStatusCode();
            return whole;
        }
        catch
        {
            await whole.DisposeAsync();
            throw;
        }
    }

    /// <summary>For the Gateway, with the credential.</summary>
    public HttpClient NewClient()
    {
        var client = new HttpClient { BaseAddress = Gateway.Address, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Add(Credential.Name, Credential.Value);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await (Gateway?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var api in Apis)
        {
            await api.DisposeAsync();
        }

        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
    }

    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        var start = new System.Diagnostics.ProcessStartInfo("dotnet", [Machine.ServiceAssembly("MigrationService"), "migrate"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ConnectionStrings__opsdb"] = Database;
        start.Environment["Access__FirstKeySecret"] = _secret;
        using var migration = System.Diagnostics.Process.Start(start)!;
        var output = migration.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = migration.StandardError.ReadToEndAsync(cancellationToken);
        await migration.WaitForExitAsync(cancellationToken).WaitAsync(s_migrationLimit, TimeProvider.System, cancellationToken);
        if (migration.ExitCode != 0)
        {
            throw new InvalidOperationException($"MigrationService ended with {migration.ExitCode}:\n{await output}{await errors}");
        }
    }
}
