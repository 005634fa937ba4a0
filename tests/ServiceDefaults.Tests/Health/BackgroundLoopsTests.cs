using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.ServiceDefaults.Health;

namespace Slipway.ServiceDefaults.Tests.Health;

public sealed class BackgroundLoopsTests
{
    [Fact]
    public async Task ALoopThatNoLongerBeatsMakesTheProcessUnhealthyByName()
    {
        var clock = new ManualClock();
        await using var service = await TestService.StartAsync(builder =>
        {
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
            builder.Configuration.AddInMemoryCollection([new("Health:StuckAfter", "00:10:00")]);
        });
        var loops = service.Services.GetRequiredService<BackgroundLoops>();
        using var sweep = loops.Enter("sweep", TimeSpan.FromSeconds(30));
        var other = loops.Enter("other", TimeSpan.FromSeconds(5));
        other.Dispose();

        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(HttpStatusCode.OK, (await service.GetJsonAsync("/health/liveness")).Response.StatusCode);
        sweep.Beat();
        clock.Advance(TimeSpan.FromSeconds(31));
        var (stuck, body) = await service.GetJsonAsync("/health/liveness");
        sweep.Beat();
        clock.Advance(TimeSpan.FromSeconds(1));
        var (again, _) = await service.GetJsonAsync("/health/liveness");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, stuck.StatusCode);
        Assert.Equal(
            "'sweep' has not beaten for 31 s; it may be silent for 30 s.",
            body.GetProperty("checks").GetProperty("background-loops").GetProperty("description").GetString());
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }
}
