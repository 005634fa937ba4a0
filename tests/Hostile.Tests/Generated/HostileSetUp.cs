using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Generated;

/// <summary>What generated requests need to know of the service before they are made.</summary>
internal static class HostileSetUp
{
    private const int Each = 4;

    public static async Task<ApiDescription> DescriptionAsync(WholeService service, [CallerFilePath] string thisFile = "")
    {
        var document = await service.Gateway.Client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken);
        var problems = Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "docs", "problems.md");
        return new ApiDescription(JsonElement.Parse(document), await File.ReadAllTextAsync(problems, TestContext.Current.CancellationToken));
    }

    /// <summary>Makes a few applications, releases and keys to be asked for.</summary>
    public static async Task<KnownThings> KnownThingsAsync(WholeService service, Acknowledged acknowledged)
    {
        var (api, names, ids, prefixes) = (service.Api, new List<string>(), new List<string>(), new List<string>());
        string[] versions = ["1.0.0", "1.1.0", "2.0.0-rc.1+b"];
        for (var i = 0; i < Each; i++)
        {
            names.Add($"known-{i}");
            await api.RegisterAsync(names[i]);
            acknowledged.Applications.TryAdd(names[i], 0);
            foreach (var version in versions)
            {
                ids.Add(await api.RecordAsync(names[i], version));
                acknowledged.Releases.TryAdd($"/applications/{names[i]}/releases/{version}", 0);
            }

            var key = await api.PostAsync("/access/keys", new { name = $"Key {i}", scopes = new[] { "releases:read" } });
            Assert.Equal(HttpStatusCode.Created, key.Status);
            prefixes.Add(key.Json.GetProperty("key").GetProperty("prefix").GetString()!);
            acknowledged.Keys.TryAdd(prefixes[i], 0);
        }

        var cursors = new Dictionary<string, string>();
        foreach (var (template, path) in new[] { ("/applications", "/applications"), ("/applications/{name}/releases", $"/applications/{names[0]}/releases"), ("/audit", "/audit"), ("/access/keys", "/access/keys") })
            cursors[template] = (await api.GetAsync($"{path}?limit=1")).NextCursor!;
        return new KnownThings(names, versions, ids, prefixes, cursors);
    }
}
