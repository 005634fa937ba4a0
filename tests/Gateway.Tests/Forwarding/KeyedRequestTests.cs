using System.Net;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Forwarding;

/// <summary>A POST with an Idempotency-Key may be repeated: that is what the key is for.</summary>
public sealed class KeyedRequestTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST", "body")]
    [InlineData("POST", null)]
    [InlineData("PATCH", "body")]
    public async Task ItRunsAgainWithTheSameBodyWhenItsConnectionIsCut(string method, string? body)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);
        using var response = await gateway.Client.SendAsync(Keyed(method, "/applications/break/1", body, "\"k-1\""), Cancellation);
        Assert.Equal((HttpStatusCode.OK, body ?? "whole"), (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation)));
        Assert.Equal((2, 1), (backend.State.Runs["1"], gateway.Retries));
    }

    [Theory]
    [InlineData("k-1")]
    [InlineData("\"\"")]
    [InlineData("\"k")]
    public async Task WhatIsNoKeyIsNotRepeated(string key)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);
        using var response = await gateway.Client.SendAsync(Keyed("POST", "/applications/break/1", "body", key), Cancellation);
        Assert.Equal((HttpStatusCode.BadGateway, 1), (response.StatusCode, backend.State.Runs["1"]));
    }

    [Fact]
    public async Task ABodyThatIsNotKeptIsSentOnce()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Retries:MaxKeptBody", "3"));
        using var response = await gateway.Client.SendAsync(Keyed("POST", "/applications/break/1", "body", "\"k\""), Cancellation);
        Assert.Equal((HttpStatusCode.BadGateway, 1), (response.StatusCode, backend.State.Runs["1"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AWriteInFlightOnAKilledReplicaIsRescuedByItsKeyOnly(bool keyed)
    {
        await using var doomed = await BackendProcess.Start("doomed");
        await using var survivor = await BackendProcess.Start("survivor");
        await using var gateway = await RunningGateway.Start([doomed.Address, survivor.Address], ("Gateway:Retries:KeyedAttemptTimeout", "00:05:00"));
        using var direct = new HttpClient { BaseAddress = doomed.Address };
        Task<HttpResponseMessage> stuck;
        for (var i = 0; ; i++)
        {
            stuck = gateway.Client.SendAsync(Keyed("POST", $"/applications/hang/{i}?on=doomed", "body", keyed ? $"\"{i}\"" : ""), Cancellation);
            await Wait.Until(
                async () => stuck.IsCompleted || await direct.GetStringAsync($"/applications/runs/{i}", Cancellation) == "1", "a replica to take the request");
            if (!stuck.IsCompleted)
                break;
            (await stuck).Dispose();
        }

        await doomed.KillAsync();
        using var response = await stuck;

        Assert.Equal(keyed ? HttpStatusCode.OK : HttpStatusCode.BadGateway, response.StatusCode);
        if (keyed)
            Assert.Equal("survivor", Assert.Single(response.Headers.GetValues("X-Served-By")));
    }

    private static HttpRequestMessage Keyed(string method, string path, string? body, string key)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return request;
    }
}
