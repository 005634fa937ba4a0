namespace Slipway.AppHost.Tests;

/// <summary>The least that the Api takes as a release.</summary>
internal static class SampleRelease
{
    public static object Body(string version) => new
    {
        version,
        artifacts = new[] { new { name = "api", image = "registry.example/api", digest = $"sha256:{new string('a', 64)}" } },
    };
}
