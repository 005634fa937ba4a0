using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Slipway.Check;

/// <summary>What the product is for, once, through the Gateway: register an application, record a release, read it back from every replica.</summary>
internal static class MainJob
{
    private const string Application = "slipway-check";
    private const int Replicas = 2;

    /// <summary>Each attempt opens a connection; the orchestrator's proxy spreads connections over the replicas.</summary>
    private const int MaxReads = 50;

    /// <summary>Overrides the first key, where that has been rotated or revoked.</summary>
    private const string KeyVariable = "SLIPWAY_API_KEY";
    private const string FirstKeyParameter = "first-api-key-secret";

    /// <returns>What went wrong; null: nothing.</returns>
    public static async Task<string?> DoAsync(
        DistributedApplication application, IResourceCollection resources, TextWriter output, TimeProvider clock, CancellationToken cancellationToken)
    {
        var gateway = application.GetEndpoint("gateway", "http");
        using var client = new HttpClient { BaseAddress = gateway, DefaultRequestHeaders = { ConnectionClose = true } };
        client.DefaultRequestHeaders.Add("X-Api-Key", await KeyAsync(resources, cancellationToken));
        using var registered = await client.PostAsJsonAsync(
            "/applications",
            new { name = Application, description = "Written by ./run --check." },
            cancellationToken);
        if (registered.StatusCode is not (HttpStatusCode.Created or HttpStatusCode.Conflict))
        {
            return await UnexpectedAsync("registering the application", registered, cancellationToken);
        }

        var version = string.Create(CultureInfo.InvariantCulture, $"0.0.0-check.{clock.GetUtcNow().ToUnixTimeMilliseconds()}");
        using var recorded = await client.PostAsJsonAsync($"/applications/{Application}/releases", ReleaseOf(version), cancellationToken);
        if (recorded.StatusCode != HttpStatusCode.Created)
        {
            return await UnexpectedAsync("recording the release", recorded, cancellationToken);
        }

        var servedBy = new HashSet<string>();
        for (var read = 0; read < MaxReads && servedBy.Count < Replicas; read++)
        {
            using var answer = await client.GetAsync($"/applications/{Application}/releases/{version}", cancellationToken);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                return await UnexpectedAsync("reading the release back", answer, cancellationToken);
            }

            servedBy.UnionWith(answer.Headers.TryGetValues("X-Served-By", out var names) ? names : []);
        }

        if (servedBy.Count < Replicas)
        {
            return $"after {MaxReads} reads only {servedBy.Count} of {Replicas} replicas of 'api' had answered ({string.Join(", ", servedBy)}).";
        }

        await output.WriteLineAsync($"Release {version} of '{Application}' recorded and read back from {string.Join(" and ", servedBy)}, through {gateway}");
        return null;
    }

    private static async Task<string> KeyAsync(IResourceCollection resources, CancellationToken cancellationToken) =>
        Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } given
            ? given
            : $"first.{await resources.OfType<ParameterResource>().Single(p => p.Name == FirstKeyParameter).GetValueAsync(cancellationToken)}";

    private static object ReleaseOf(string version) => new
    {
        version,
        artifacts = new[] { new { name = "api", image = "registry.example/api", digest = $"sha256:{new string('a', 64)}" } },
        configurationDigest = $"sha256:{new string('b', 64)}",
        schemaVersion = 1,
        notes = "Written by ./run --check.",
    };

    private static async Task<string> UnexpectedAsync(string doing, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var body = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            return $"{doing} through 'gateway' was answered with 401: the parameter '{FirstKeyParameter}' is not the first key's secret, or that key has ended. "
                + $"Set {KeyVariable} to a key that may read and write releases; docs/howto/access.md says how to get one.";
        }

        return $"{doing} through 'gateway' was answered with {(int)answer.StatusCode}: {(body.Length > 2000 ? body[..2000] : body)}";
    }
}
