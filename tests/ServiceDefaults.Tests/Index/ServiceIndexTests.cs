using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.ServiceDefaults.Index;

namespace Slipway.ServiceDefaults.Tests.Index;

public sealed class ServiceIndexTests
{
    [Fact]
    public async Task TheRootTellsServiceVersionEnvironmentAndLinks()
    {
        await using var service = await TestService.StartAsync(map: app => app.MapGet("/", (HttpContext context) => ServiceIndex.For(context, ("docs", "/docs"))));

        var (_, body) = await service.GetJsonAsync("/");

        Assert.Equal("test-service", body.GetProperty("service").GetString());
        Assert.Equal("Production", body.GetProperty("environment").GetString());
        Assert.NotEqual("unknown", body.GetProperty("version").GetString());
        Assert.Equal("/health", body.GetProperty("links").GetProperty("health").GetString());
        Assert.Equal("/docs", body.GetProperty("links").GetProperty("docs").GetString());
    }
}
