using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.ServiceDefaults.Tests.Health;

public sealed class HealthEndpointTests
{
    [Fact]
    public async Task HealthTellsEveryChecksStatusAndIsNotCached()
    {
        await using var service = await TestService.StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("disk", () => HealthCheckResult.Degraded("12 % free")));

        var (response, body) = await service.GetJsonAsync("/health");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal("Degraded", body.GetProperty("status").GetString());
        var disk = body.GetProperty("checks").GetProperty("disk");
        Assert.Equal("Degraded", disk.GetProperty("status").GetString());
        Assert.Equal("12 % free", disk.GetProperty("description").GetString());
        Assert.True(disk.GetProperty("durationMs").GetDouble() >= 0);
        Assert.Equal("Healthy", body.GetProperty("checks").GetProperty("self").GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("Production", null)]
    [InlineData("Development", "no route to 10.1.2.3")]
    public async Task AFailingCheckIs503AndTellsItsExceptionInDevelopmentOnly(string environment, string? description)
    {
        await using var service = await TestService.StartAsync(
            builder => builder.Services.AddHealthChecks().AddCheck("db", () => throw new InvalidOperationException("no route to 10.1.2.3")),
            environment: environment);

        var (response, body) = await service.GetJsonAsync("/health");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var db = body.GetProperty("checks").GetProperty("db");
        Assert.Equal("Unhealthy", db.GetProperty("status").GetString());
        Assert.Equal(description, db.TryGetProperty("description", out var text) ? text.GetString() : null);
    }

    [Fact]
    public async Task AliveAsksOnlyTheChecksTaggedLive()
    {
        await using var service = await TestService.StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("db", () => HealthCheckResult.Unhealthy())
            .AddCheck("loop", () => HealthCheckResult.Healthy(), ["live"]));

        var (response, body) = await service.GetJsonAsync("/alive");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["self", "thread-pool", "background-loops", "loop"], body.GetProperty("checks").EnumerateObject().Select(check => check.Name));
    }

    [Fact]
    public async Task ReadinessAsksWhatTheServiceNeedsAndLivenessTheProcessAlone()
    {
        await using var service = await TestService.StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("db", () => HealthCheckResult.Unhealthy("away")));

        var (readiness, needs) = await service.GetJsonAsync("/health/readiness");
        var (liveness, process) = await service.GetJsonAsync("/health/liveness");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, readiness.StatusCode);
        Assert.Equal(["draining", "db"], needs.GetProperty("checks").EnumerateObject().Select(check => check.Name));
        Assert.Equal(HttpStatusCode.OK, liveness.StatusCode);
        Assert.Equal(["self", "thread-pool", "background-loops"], process.GetProperty("checks").EnumerateObject().Select(check => check.Name));
    }

    [Fact]
    public async Task StartupIsUnhealthyUntilTheServiceWasReadyOnceAndThenHealthyForGood()
    {
        var ready = false;
        await using var service = await TestService.StartAsync(builder =>
        {
            builder.Configuration.AddInMemoryCollection([new("Health:CacheFor", "00:00:00")]);
            builder.Services.AddHealthChecks().AddCheck("db", () => ready ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await service.GetJsonAsync("/health/startup")).Response.StatusCode);
        ready = true;
        Assert.Equal(HttpStatusCode.OK, (await service.GetJsonAsync("/health/startup")).Response.StatusCode);
        ready = false;
        Assert.Equal(HttpStatusCode.OK, (await service.GetJsonAsync("/health/startup")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await service.GetJsonAsync("/health/readiness")).Response.StatusCode);
    }

    [Fact]
    public async Task ACheckThatHangsAfterAGoodResultIsBelievedForAWhileAndThenUnknown()
    {
        var hang = new TaskCompletionSource<HealthCheckResult>();
        var next = Task.FromResult(HealthCheckResult.Healthy("fine"));
        var clock = new ManualClock();
        await using var service = await TestService.StartAsync(builder =>
        {
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
            builder.Configuration.AddInMemoryCollection([new("Health:AnswerWithin", "00:00:00.050")]);
            builder.Services.AddHealthChecks().AddAsyncCheck("db", () => next);
        });
        Assert.Equal("Healthy", (await service.GetJsonAsync("/health")).Body.GetProperty("status").GetString());

        next = hang.Task;
        clock.Advance(TimeSpan.FromSeconds(9));
        var (believed, stillFine) = await service.GetJsonAsync("/health");
        clock.Advance(TimeSpan.FromSeconds(2));
        var (doubted, unknown) = await service.GetJsonAsync("/health");

        Assert.Equal(HttpStatusCode.OK, believed.StatusCode);
        Assert.Equal(9000, stillFine.GetProperty("checks").GetProperty("db").GetProperty("ageMs").GetDouble());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, doubted.StatusCode);
        var db = unknown.GetProperty("checks").GetProperty("db");
        Assert.Equal("Unknown", db.GetProperty("status").GetString());
        Assert.Equal("It has not ended for 2.0 s.", db.GetProperty("description").GetString());
        hang.SetResult(HealthCheckResult.Healthy());
    }

    [Fact]
    public async Task AStormOfProbesIsOneEvaluation()
    {
        var evaluations = 0;
        var release = new TaskCompletionSource();
        var clock = new ManualClock();
        await using var service = await TestService.StartAsync(builder =>
        {
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
            builder.Services.AddHealthChecks().AddAsyncCheck("slow", async () =>
            {
                Interlocked.Increment(ref evaluations);
                await release.Task;
                return HealthCheckResult.Healthy();
            });
        });

        var storm = Enumerable.Range(0, 50).Select(_ => service.GetJsonAsync("/health")).ToArray();
        release.SetResult();
        await Task.WhenAll(storm);
        await service.GetJsonAsync("/health");
        Assert.Equal(1, evaluations);

        clock.Advance(TimeSpan.FromSeconds(1));
        await service.GetJsonAsync("/health");
        Assert.Equal(2, evaluations);
    }

    [Fact]
    public async Task ACheckThatNeverEndsIsAnsweredAndNotStartedAgain()
    {
        var evaluations = 0;
        var never = new TaskCompletionSource<HealthCheckResult>();
        await using var service = await TestService.StartAsync(builder =>
        {
            builder.Configuration.AddInMemoryCollection([new("Health:AnswerWithin", "00:00:00.050")]);
            builder.Services.AddHealthChecks().AddAsyncCheck("stuck", () =>
            {
                Interlocked.Increment(ref evaluations);
                return never.Task;
            });
        });

        var answers = await Task.WhenAll(service.GetJsonAsync("/health"), service.GetJsonAsync("/health"));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Response.StatusCode));
        Assert.Equal("Unknown", answers[0].Body.GetProperty("status").GetString());
        Assert.Equal("Healthy", answers[0].Body.GetProperty("checks").GetProperty("self").GetProperty("status").GetString());
        Assert.Equal(1, evaluations);
        never.SetResult(HealthCheckResult.Healthy());
    }

    [Fact]
    public async Task ACheckPastItsTimeoutIsUnhealthy()
    {
        await using var service = await TestService.StartAsync(builder =>
        {
            builder.Configuration.AddInMemoryCollection([new("Health:CheckTimeout", "00:00:00.050")]);
            builder.Services.AddHealthChecks().AddAsyncCheck("slow", async cancellationToken =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                return HealthCheckResult.Healthy();
            });
        });

        var (response, body) = await service.GetJsonAsync("/health");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("Unhealthy", body.GetProperty("checks").GetProperty("slow").GetProperty("status").GetString());
    }
}
