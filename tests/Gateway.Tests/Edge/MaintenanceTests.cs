using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Edge;

public sealed class MaintenanceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-maintenance-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private (string Key, string Value) StateFile => ("Gateway:Maintenance:StateFile", Path.Combine(_folder, "new", "state.json"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ProgramsGetAProblemPeopleGetAPageAndProbesGoOn()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address], settings: [StateFile]);
        using var set = await gateway.Operator().PutAsJsonAsync(
            "/maintenance", new { enabled = true, message = "Moving <house> & home", retryAfterSeconds = 90 }, Cancellation);
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);

        using var problem = await gateway.Client().GetAsync("/applications/echo", Cancellation);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 90), (problem.StatusCode, problem.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
        var body = await problem.Content.ReadFromJsonAsync<JsonNode>(Cancellation);
        Assert.Equal("urn:slipway:problem:gateway:maintenance", body!["type"]!.GetValue<string>());
        Assert.Equal("Moving <house> & home", body["detail"]!.GetValue<string>());

        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Accept.ParseAdd("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        using var page = await gateway.Client().SendAsync(request, Cancellation);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.Equal("no-store", page.Headers.CacheControl?.ToString());
        var html = await page.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("Moving &lt;house&gt; &amp; home", html);
        Assert.Contains("<html lang=\"en\">", html);
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("unsafe", page.Headers.GetValues("Content-Security-Policy").Single());

        foreach (var probe in new[] { "/health", "/health/readiness", "/alive" })
            Assert.Equal(HttpStatusCode.OK, (await gateway.Client().GetAsync(probe, Cancellation)).StatusCode);
        Assert.StartsWith("Degraded Maintenance since", await Health(gateway));
        Assert.Empty(backend.State.Runs);
    }

    [Fact]
    public async Task ARestartKeepsItUntilItIsSwitchedOff()
    {
        await using var backend = await LocalBackend.Start();
        await using (var first = await EdgeGateway.Start([backend.Address], settings: [StateFile]))
        {
            var answer = await Put(first, "/maintenance", new { enabled = true });
            Assert.True(answer["persisted"]!.GetValue<bool>());
        }

        await using (var second = await EdgeGateway.Start([backend.Address], settings: [StateFile]))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await second.Client().GetAsync("/applications/echo", Cancellation)).StatusCode);
            await Put(second, "/maintenance", new { enabled = false });
            Assert.Equal(HttpStatusCode.OK, (await second.Client().GetAsync("/applications/echo", Cancellation)).StatusCode);
            Assert.StartsWith("Healthy", await Health(second));
        }

        await using var third = await EdgeGateway.Start([backend.Address], settings: [StateFile]);
        Assert.Equal(HttpStatusCode.OK, (await third.Client().GetAsync("/applications/echo", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task WithoutAFileTheSwitchSaysThatARestartEndsIt()
    {
        await using var gateway = await EdgeGateway.Start([]);
        Assert.False((await Put(gateway, "/maintenance", new { enabled = true }))["persisted"]!.GetValue<bool>());
    }

    [Fact]
    public async Task ADamagedFileIsToldAndDoesNotKeepTheGatewayFromStarting()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(StateFile.Value)!);
        await File.WriteAllTextAsync(StateFile.Value, "{\"mess", Cancellation);
        await using var gateway = await EdgeGateway.Start([], settings: [StateFile]);
        Assert.StartsWith("Degraded The stored maintenance state was damaged", await Health(gateway));
    }

    [Theory]
    [InlineData("/maintenance", "{}")]
    [InlineData("/maintenance", "{\"enabled\":true,\"retryAfterSeconds\":0}")]
    [InlineData("/maintenance", "{\"enabled\":true,\"retryAfterSeconds\":86401}")]
    [InlineData("/maintenance", "{\"enabled\":true,\"message\":\"two\\nlines\"}")]
    [InlineData("/maintenance", "{\"enabled\":true,\"mesage\":\"a slip\"}")]
    [InlineData("/maintenance", "{\"enabled\":\"yes\"}")]
    [InlineData("/maintenance", "")]
    [InlineData("/pause", "{}")]
    [InlineData("/pause", "{\"paused\":true,\"holdSeconds\":0}")]
    [InlineData("/pause", "{\"paused\":true,\"holdSeconds\":61}")]
    public async Task WhatIsNotValidIs400AndChangesNothing(string path, string body)
    {
        await using var gateway = await EdgeGateway.Start([]);
        using var answer = await gateway.Operator().PutAsync(path, new StringContent(body, null, "application/json"), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith("Healthy", await Health(gateway));
    }

    [Theory]
    [InlineData("/maintenance", "{\"enabled\":true}")]
    [InlineData("/pause", "{\"paused\":true}")]
    public async Task TheSwitchesNeedTheKeyAndAreNowhereElse(string path, string body)
    {
        await using var gateway = await EdgeGateway.Start([]);
        using var stranger = new HttpClient { BaseAddress = gateway.Internal };
        using var refused = await stranger.PutAsync(path, new StringContent(body, null, "application/json"), Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var outside = await gateway.Client().GetAsync(path, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
        Assert.StartsWith("Healthy", await Health(gateway));
    }

    [Fact]
    public async Task APauseHoldsRequestsAndLetsThemGo()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        var client = gateway.Client();
        await Put(gateway, "/pause", new { paused = true, holdSeconds = 30 });
        var held = new List<Task<HttpResponseMessage>>();
        for (var i = 0; i < 5; i++)
        {
            var path = $"/applications/answer/{i}";
            held.Add(client.GetAsync(path, Cancellation));
            await Wait.Until(async () => await Held(gateway) == held.Count, $"{held.Count} held");
        }

        Assert.Empty(backend.State.Runs);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/alive", Cancellation)).StatusCode);
        Assert.StartsWith("Degraded Paused; 5 requests are held.", await Health(gateway));

        await Put(gateway, "/pause", new { paused = false });

        Assert.All(await Task.WhenAll(held), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(0, await Held(gateway));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/applications/echo", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task ARequestThatIsHeldTooLongIs503()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        await Put(gateway, "/pause", new { paused = true, holdSeconds = 1 });
        using var answer = await gateway.Client().GetAsync("/applications/answer/x", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("urn:slipway:problem:gateway:paused", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Empty(backend.State.Runs);
        Assert.Equal(0, await Held(gateway));
    }

    [Fact]
    public async Task MoreThanTheBoundIsRefusedAtOnceAndWhoLeavesMakesRoom()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address], settings: [("Gateway:Maintenance:MaxHeld", "1")]);
        await Put(gateway, "/pause", new { paused = true });
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var first = gateway.Client().GetAsync("/applications/answer/first", leaving.Token);
        await Wait.Until(async () => await Held(gateway) == 1, "the first is held");
        using var refused = await gateway.Client().GetAsync("/applications/answer/second", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Wait.Until(async () => await Held(gateway) == 0, "who left is not held");

        var third = gateway.Client().GetAsync("/applications/answer/third", Cancellation);
        await Wait.Until(async () => await Held(gateway) == 1, "the third is held");
        await Put(gateway, "/pause", new { paused = false });
        Assert.Equal(HttpStatusCode.OK, (await third).StatusCode);
        Assert.Equal(["third"], backend.State.Runs.Keys);
    }

    [Fact]
    public async Task AForgottenPauseEndsByItself()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address], settings: [("Gateway:Maintenance:MaxPause", "00:00:01")]);
        await Put(gateway, "/pause", new { paused = true });
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client().GetAsync("/applications/answer/x", Cancellation)).StatusCode);
        Assert.StartsWith("Healthy", await Health(gateway));
    }

    private static async Task<JsonNode> Put(EdgeGateway gateway, string path, object body)
    {
        using var answer = await gateway.Operator().PutAsJsonAsync(path, body, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
    }

    private static async Task<int> Held(EdgeGateway gateway) =>
        (await gateway.Operator().GetFromJsonAsync<JsonNode>("/pause", Cancellation))!["held"]!.GetValue<int>();

    private static async Task<string> Health(EdgeGateway gateway)
    {
        var check = (await gateway.Client().GetFromJsonAsync<JsonNode>("/health", Cancellation))!["checks"]!["maintenance"]!;
        return $"{check["status"]!.GetValue<string>()} {check["description"]?.GetValue<string>()}";
    }
}
