using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Forwarding;

public sealed class GatewayProblemsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WithoutAnAddressTheAnswerIs503WithRetryAfter()
    {
        await using var gateway = await RunningGateway.Start([], ("Gateway:Requests:RetryAfter", "00:00:07"));
        using var response = await gateway.Client.GetAsync("/applications", Cancellation);
        await AssertProblem(response, HttpStatusCode.ServiceUnavailable, "no-destination");
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task WhenNobodyListensTheAnswerIs503EvenToAPost()
    {
        await using var gateway = await RunningGateway.Start([RetriesTests.DeadAddress()], ("Gateway:Retries:MaxAttempts", "2"));
        using var response = await gateway.Client.PostAsync("/applications", new StringContent("body"), Cancellation);
        await AssertProblem(response, HttpStatusCode.ServiceUnavailable, "unreachable");
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task AListenerThatNeverSpeaksIsUnreachable()
    {
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var gateway = await RunningGateway.Start(
            [new Uri($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}")],
            ("Gateway:Connections:ConnectTimeout", "00:00:00.100"), ("Gateway:Retries:MaxAttempts", "2"));
        using var response = await gateway.Client.PostAsync("/applications", new StringContent("body"), Cancellation);
        await AssertProblem(response, HttpStatusCode.ServiceUnavailable, "unreachable");
        Assert.Equal(1, gateway.Retries);
    }

    [Theory]
    [InlineData("Gateway:Requests:ActivityTimeout")]
    [InlineData("Gateway:Requests:Timeout")]
    public async Task AServiceThatDoesNotAnswerInTimeIs504AndIsNotAskedAgain(string timeout)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], (timeout, "00:00:00.200"));
        using var response = await gateway.Client.GetAsync("/applications/hang", Cancellation);
        await AssertProblem(response, HttpStatusCode.GatewayTimeout, "timeout");
        Assert.Equal(0, gateway.Retries);
    }

    [Fact]
    public async Task TheRootTellsWhoAnswers()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);

        var index = (await gateway.Client.GetFromJsonAsync<JsonNode>("/", Cancellation))!;

        Assert.Equal("/docs", index["links"]!["docs"]!.GetValue<string>());
        Assert.Equal("/health", index["links"]!["health"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/applicationsX")]
    [InlineData("/favicon.ico")]
    public async Task APathThatNoRouteCoversIs404(string path)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address]);
        using var response = await gateway.Client.GetAsync(path, Cancellation);
        await AssertProblem(response, HttpStatusCode.NotFound, "no-route");
        Assert.False(response.Headers.Contains("X-Served-By"));
    }

    [Theory]
    [InlineData("/applications")]
    [InlineData("/releases/1/promote")]
    [InlineData("/audit?after=1")]
    [InlineData("/openapi/none.json")]
    [InlineData("/docs/none")]
    public async Task APathOfTheApiIsAnsweredByTheApiAndItsAnswerIsNotTouched(string path)
    {
        await using var backend = await LocalBackend.Start("a");
        await using var gateway = await RunningGateway.Start([backend.Address]);
        using var response = await gateway.Client.GetAsync(path, Cancellation);
        // The backend knows none of these paths and says so with an empty 404.
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("a", Assert.Single(response.Headers.GetValues("X-Served-By")));
        Assert.Equal("", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task ABodyBeyondTheLimitIs413()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await RunningGateway.Start([backend.Address], ("Gateway:Requests:MaxBodyBytes", "1000"));
        using var small = await gateway.Client.PostAsync("/applications/upload/1", new ByteArrayContent(new byte[1000]), Cancellation);
        Assert.Equal(HttpStatusCode.OK, small.StatusCode);
        using var large = await gateway.Client.PostAsync("/applications/upload/1", new ByteArrayContent(new byte[1001]), Cancellation);
        await AssertProblem(large, HttpStatusCode.RequestEntityTooLarge, "body-too-large");
    }

    private static async Task AssertProblem(HttpResponseMessage response, HttpStatusCode status, string name)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>(Cancellation);
        Assert.Equal($"urn:slipway:problem:gateway:{name}", problem?["type"]?.GetValue<string>());
        Assert.Equal((int)status, problem?["status"]?.GetValue<int>());
    }
}
