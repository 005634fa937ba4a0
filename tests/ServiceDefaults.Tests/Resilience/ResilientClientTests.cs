using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Slipway.ServiceDefaults.Tests.Resilience;

public sealed class ResilientClientTests
{
    private static IHost Host(ManualClock? clock, params (string Key, string Value)[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("HttpResilience:RetryDelay", "00:00:00")]);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        if (clock is not null)
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
        builder.AddServiceDefaults();
        return builder.Build();
    }

    private static async Task<HttpResponseMessage> SendAsync(IHost host, HttpMethod method, Uri uri, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, uri) { Content = content };
        var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("GET", 503)]
    [InlineData("HEAD", 500)]
    [InlineData("DELETE", 502)]
    [InlineData("PUT", 504)]
    [InlineData("GET", 408)]
    [InlineData("GET", 429)]
    public async Task AnIdempotentRequestIsRepeatedUntilItSucceeds(string method, int status)
    {
        await using var server = await FlakyServer.FailingAsync(times: 3, status);
        using var host = Host(null);

        var response = await SendAsync(host, new HttpMethod(method), server.Address, method == "PUT" ? new StringContent("x") : null);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(4, server.Requests);
    }

    [Fact]
    public async Task RetriesAreBounded()
    {
        await using var server = await FlakyServer.FailingAsync(times: int.MaxValue);
        using var host = Host(null, ("HttpResilience:MaxRetries", "2"));

        var response = await SendAsync(host, HttpMethod.Get, server.Address);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public async Task ASecondCallOfTheDefaultsChangesNothing()
    {
        await using var server = await FlakyServer.FailingAsync(times: int.MaxValue);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("HttpResilience:RetryDelay", "00:00:00"), new("HttpResilience:MaxRetries", "1")]);
        builder.AddServiceDefaults().AddServiceDefaults();
        using var host = builder.Build();

        await SendAsync(host, HttpMethod.Get, server.Address);

        Assert.Equal(2, server.Requests);
    }

    [Theory]
    [InlineData("POST", 503)]
    [InlineData("PATCH", 503)]
    [InlineData("GET", 400)]
    [InlineData("GET", 501)]
    public async Task WhatMayNotOrNeedNotBeRepeatedIsSentOnce(string method, int status)
    {
        await using var server = await FlakyServer.FailingAsync(times: 1, status);
        using var host = Host(null);

        var response = await SendAsync(host, new HttpMethod(method), server.Address);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task ABodyThatCannotBeSentAgainIsSentOnce()
    {
        await using var server = await FlakyServer.FailingAsync(times: 1);
        using var host = Host(null);

        var response = await SendAsync(host, HttpMethod.Put, server.Address, new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes("once"))));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task ARetryGoesToAnotherAddressOfTheService()
    {
        await using var server = await FlakyServer.FailingAsync(times: 0);
        using var host = Host(
            null,
            ("services:api:http:0", $"http://127.0.0.1:{UnusedPort()}"),
            ("services:api:http:1", server.Address.ToString()));

        var response = await SendAsync(host, HttpMethod.Get, new Uri("http://api/x"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task AnAttemptThatHangsIsGivenUpAndRepeated()
    {
        await using var server = await FlakyServer.StartAsync((number, context) =>
            number > 1 ? Task.CompletedTask : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        using var host = Host(null, ("HttpResilience:AttemptTimeout", "00:00:00.300"));

        var response = await SendAsync(host, HttpMethod.Get, server.Address);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task AServerThatNeverAnswersEndsInATimeout()
    {
        await using var server = await FlakyServer.StartAsync(
            (_, context) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        using var host = Host(null, ("HttpResilience:AttemptTimeout", "00:00:00.200"), ("HttpResilience:TotalTimeout", "00:00:00.500"));

        await Assert.ThrowsAsync<TimeoutRejectedException>(() => SendAsync(host, HttpMethod.Get, server.Address));
    }

    [Fact]
    public async Task ManyFailuresStopRequestsForAPauseAndThenOneIsTried()
    {
        var clock = new ManualClock();
        await using var server = await FlakyServer.FailingAsync(times: 4);
        using var host = Host(clock, ("HttpResilience:BreakerMinimumAttempts", "4"), ("HttpResilience:BreakerPause", "00:00:05"));

        for (var i = 0; i < 4; i++)
            await SendAsync(host, HttpMethod.Post, server.Address);
        await Assert.ThrowsAsync<BrokenCircuitException>(() => SendAsync(host, HttpMethod.Post, server.Address));
        Assert.Equal(4, server.Requests);

        clock.Advance(TimeSpan.FromSeconds(6));
        var response = await SendAsync(host, HttpMethod.Post, server.Address);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(5, server.Requests);
    }

    [Fact]
    public async Task AServiceThatIsDownDoesNotStopRequestsToAnother()
    {
        await using var down = await FlakyServer.FailingAsync(times: int.MaxValue);
        await using var up = await FlakyServer.FailingAsync(times: 0);
        using var host = Host(new ManualClock(), ("HttpResilience:BreakerMinimumAttempts", "2"));

        for (var i = 0; i < 2; i++)
            await SendAsync(host, HttpMethod.Post, down.Address);
        await Assert.ThrowsAsync<BrokenCircuitException>(() => SendAsync(host, HttpMethod.Post, down.Address));

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(host, HttpMethod.Post, up.Address)).StatusCode);
    }

    [Fact]
    public async Task TheCallersCancellationIsNotATimeout()
    {
        using var left = new CancellationTokenSource();
        await using var server = await FlakyServer.StartAsync(async (_, context) =>
        {
            await left.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        using var host = Host(null);
        var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync(server.Address, left.Token));
        Assert.Equal(1, server.Requests);
    }

    [Theory]
    [InlineData("HttpResilience:MaxRetries", "11", "MaxRetries")]
    [InlineData("HttpResilience:BreakerFailureRatio", "0", "BreakerFailureRatio")]
    [InlineData("HttpResilience:AttemptTimeout", "00:01:00", "AttemptTimeout")]
    [InlineData("Health:CacheFor", "00:00:02", "CacheFor")]
    public async Task AnOptionOutOfBoundsStopsTheStartAndIsNamed(string key, string value, string member)
    {
        using var host = Host(null, (key, value));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains(member, error.Message, StringComparison.Ordinal);
    }

    private static int UnusedPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
