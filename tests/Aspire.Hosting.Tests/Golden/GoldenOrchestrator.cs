using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Aspire.Hosting.Dcp;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>A look at the orchestrator's objects from outside, in the form of the recordings.</summary>
internal sealed class GoldenOrchestrator(HttpClient http) : IDisposable
{
    /// <returns>Null: it is not up.</returns>
    public static async Task<GoldenOrchestrator?> ConnectAsync(DirectoryInfo temporary, CancellationToken cancellationToken)
    {
        var file = Directory.EnumerateFiles(temporary.FullName, "kubeconfig", SearchOption.AllDirectories).FirstOrDefault();
        if (file is null || DcpConnection.Parse(await File.ReadAllTextAsync(file, cancellationToken)) is not { } connection)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(connection.CertificateAuthority);
        var handler = new SocketsHttpHandler { UseProxy = false, SslOptions = { CertificateChainPolicy = policy } };
        return new GoldenOrchestrator(new HttpClient(handler) { BaseAddress = connection.Server, DefaultRequestHeaders = { Authorization = new("Bearer", connection.Token) } });
    }

    public async Task<JsonObject[]> ObjectsAsync(string plural, CancellationToken cancellationToken)
    {
        var text = await http.GetStringAsync($"apis/usvc-dev.developer.microsoft.com/v1/{plural}", cancellationToken);
        var list = JsonNode.Parse(GoldenMeant.Unescape(text));
        return [.. (list!["items"] as JsonArray ?? []).Select(o => AsRecorded(o!.AsObject()))];
    }

    public void Dispose() => http.Dispose();

    private static JsonObject AsRecorded(JsonObject seen)
    {
        var metadata = seen["metadata"]!;
        var owners = (metadata["ownerReferences"] as JsonArray ?? []).Select(o => new JsonObject { ["kind"] = o!["kind"]?.DeepClone(), ["name"] = o["name"]?.DeepClone() });
        var result = new JsonObject { ["kind"] = seen["kind"]?.DeepClone(), ["name"] = metadata["name"]!.DeepClone() };
        (string Name, JsonNode? Value)[] parts =
            [("annotations", metadata["annotations"]?.DeepClone()), ("ownerReferences", new JsonArray([.. owners])), ("spec", seen["spec"]?.DeepClone()), ("status", seen["status"]?.DeepClone())];
        foreach (var (name, value) in parts.Where(p => p.Value is not (null or JsonArray { Count: 0 })))
        {
            result[name] = value;
        }

        return result;
    }
}
