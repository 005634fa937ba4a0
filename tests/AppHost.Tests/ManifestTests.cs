using System.Text.Json;
using Aspire.Hosting.Tests.Golden;
using Aspire.Hosting.Tests.Publishing;

namespace Slipway.AppHost.Tests;

/// <summary>What ships of this application: its manifest, and beside it what a manifest has no words for.</summary>
public sealed class ManifestTests : IDisposable
{
    private const string ModelFile = "slipway-model.json";
    private const string Manifest = "aspire-manifest.json";

    private static readonly string?[] s_running = ["container.v0", "project.v0", "executable.v0"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slipway-manifest-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task ManifestOfTheApplicationIsValidByItsSchema()
    {
        Assert.SkipWhen(GoldenData.ManifestSchema is null, "The manifest's schema is not beside this repository (../shared/data/schema).");
        using var manifest = await PublishAsync();
        Assert.Empty(ManifestSchema.Violations(manifest.RootElement.GetRawText()));
    }

    [Fact]
    public async Task ManifestAndModelFileAreWrittenAloneAndNameTheSameResources()
    {
        using var manifest = await PublishAsync();
        using var model = await ReadAsync(ModelFile);
        Assert.Equal([Manifest, ModelFile], _folder.EnumerateFileSystemInfos().Select(f => f.Name).Order(StringComparer.Ordinal));
        string[] expected = ["api", "cache", "gateway", "migrations", "opsdb", "postgres"];
        Assert.Equal(expected, Resources(model).Select(r => r.Name).Order(StringComparer.Ordinal));
        Assert.Subset(Resources(manifest).Select(r => r.Name).ToHashSet(), expected.ToHashSet());
        Assert.Subset(expected.ToHashSet(), Resources(manifest).Where(r => s_running.Contains(r.Value.GetProperty("type").GetString())).Select(r => r.Name).ToHashSet());
    }

    [Fact]
    public async Task ModelFileSaysWhatTheManifestLeavesOut()
    {
        using var manifest = await PublishAsync();
        using var model = await ReadAsync(ModelFile);
        var resources = model.RootElement.GetProperty("resources");
        Assert.Equal(1, model.RootElement.GetProperty("version").GetInt32());
        Assert.Equal(2, resources.GetProperty("api").GetProperty("replicas").GetInt32());
        Assert.Equal("postgres", resources.GetProperty("opsdb").GetProperty("parent").GetString());
        Assert.Equal("session", resources.GetProperty("postgres").GetProperty("lifetime").GetString());
        Assert.Equal(
            ["migrations"],
            resources.EnumerateObject().Where(r => r.Value.GetProperty("runsToCompletion").GetBoolean()).Select(r => r.Name));
        Assert.Equal(
            ["gateway"],
            resources.EnumerateObject().Where(r => r.Value.GetProperty("externalEndpoints").GetArrayLength() > 0).Select(r => r.Name));
        Assert.Equal(["http", "https"], resources.GetProperty("gateway").GetProperty("externalEndpoints").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal(["cache healthy", "migrations completed 0"], Waits(resources.GetProperty("api")));
        Assert.Equal(["api healthy"], Waits(resources.GetProperty("gateway")));
        Assert.Equal(["postgres_check"], HealthChecks(resources.GetProperty("postgres")));
        var probe = resources.GetProperty("api").GetProperty("healthChecks").EnumerateArray().Single();
        Assert.Equal(("/health", 200), (probe.GetProperty("path").GetString(), probe.GetProperty("statusCode").GetInt32()));
    }

    private static JsonElement.ObjectEnumerator Resources(JsonDocument document) => document.RootElement.GetProperty("resources").EnumerateObject();

    private static string[] HealthChecks(JsonElement resource) =>
        [.. resource.GetProperty("healthChecks").EnumerateArray().Select(h => h.GetProperty("key").GetString()!)];

    private static string[] Waits(JsonElement resource) =>
        [.. resource.GetProperty("waitsFor").EnumerateArray().Select(w => $"{w.GetProperty("resource")} {w.GetProperty("until")} {w.GetProperty("exitCode")}".TrimEnd())];

    /// <summary>As <c>dotnet run --project AppHost -- --publisher manifest --output-path …</c> does it.</summary>
    private async Task<JsonDocument> PublishAsync()
    {
        await using var appHost = AppHostProcess.Start(["--publisher", "manifest", "--output-path", Path.Combine(_folder.FullName, Manifest)]);
        var exitCode = await appHost.WaitForExitAsync(Cancellation);
        Assert.True(exitCode == 0, appHost.Output);
        Assert.Empty(appHost.Started.Running());
        return await ReadAsync(Manifest);
    }

    private async Task<JsonDocument> ReadAsync(string file) =>
        JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder.FullName, file), Cancellation));
}
