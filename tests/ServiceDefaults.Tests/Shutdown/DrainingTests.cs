using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Tests.Shutdown;

public sealed class DrainingTests
{
    [Fact]
    public async Task ReadinessTurnsFirstThenWhatIsUnderWayEndsAndNothingNewIsTaken()
    {
        var arrived = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        await using var service = await TestService.StartAsync(
            builder => builder.Configuration.AddInMemoryCollection(
            [
                new("Shutdown:ReadinessDelay", "00:00:02"), new("Health:CacheFor", "00:00:00"),
            ]),
            app => app.MapGet("/work", async () =>
            {
                arrived.TrySetResult();
                await finish.Task;
                return "done";
            }));
        Assert.Equal(HttpStatusCode.OK, (await service.GetJsonAsync("/health/readiness")).Response.StatusCode);
        var underWay = service.Client.GetStringAsync("/work", TestContext.Current.CancellationToken);
        await arrived.Task;

        var stopping = service.StopAsync();
        var (unready, body) = await service.GetJsonAsync("/health/readiness");
        var (alive, _) = await service.GetJsonAsync("/health/liveness");
        Assert.False(stopping.IsCompleted);
        finish.SetResult();
        await stopping;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, unready.StatusCode);
        Assert.Equal("The service is ending and takes no new requests.", body.GetProperty("checks").GetProperty("draining").GetProperty("description").GetString());
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        Assert.Equal("done", await underWay);
        using var another = new HttpClient { BaseAddress = service.Address };
        await Assert.ThrowsAsync<HttpRequestException>(() => another.GetAsync("/health", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("Development", null, 20)]
    [InlineData("Production", null, 25)]
    [InlineData("Production", "00:00:00", 20)]
    public async Task TheHostWaitsForDelayAndDeadlineTogether(string environment, string? delay, int seconds)
    {
        await using var service = await TestService.StartAsync(
            builder => builder.Configuration.AddInMemoryCollection([new("Shutdown:ReadinessDelay", delay)]), environment: environment);

        Assert.Equal(TimeSpan.FromSeconds(seconds), service.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }
}
