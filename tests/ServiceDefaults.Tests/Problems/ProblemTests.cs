using System.Data.Common;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Slipway.ServiceDefaults.Tests.Problems;

public sealed class ProblemTests
{
    private sealed class DatabaseIsDown() : DbException("password=hunter2")
    {
        public override bool IsTransient => true;
    }

    private static Task<TestService> StartAsync(string environment) => TestService.StartAsync(
        map: app =>
        {
            app.MapGet("/bug", string () => throw new InvalidOperationException("password=hunter2"));
            app.MapGet("/down", string () => throw new DatabaseIsDown());
            app.MapGet("/bad", string () => throw new BadHttpRequestException("password=hunter2"));
            app.MapGet("/conflict", () => Results.Problem(statusCode: 409, title: "Not now"));
        },
        environment: environment);

    [Theory]
    [InlineData("Production", "/bug", 500)]
    [InlineData("Production", "/down", 503)]
    [InlineData("Production", "/bad", 400)]
    [InlineData("Production", "/conflict", 409)]
    [InlineData("Production", "/no/such/path", 404)]
    [InlineData("Development", "/bug", 500)]
    [InlineData("Development", "/down", 503)]
    [InlineData("Development", "/no/such/path", 404)]
    public async Task EveryErrorIsAProblemWithTheTracesId(string environment, string path, int status)
    {
        await using var service = await StartAsync(environment);

        var (response, body) = await service.GetJsonAsync(path);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(status, body.GetProperty("status").GetInt32());
        Assert.Matches("^[0-9a-f]{32}$", body.GetProperty("traceId").GetString());
        Assert.Equal(status == 503, response.Headers.RetryAfter is not null);
        Assert.DoesNotContain("hunter2", body.ToString(), StringComparison.Ordinal);
        if (environment == "Production")
            Assert.DoesNotContain("password=", body.ToString(), StringComparison.Ordinal);
        else if (status >= 500)
            Assert.Contains("password=***", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABrowserGetsThePageInDevelopment()
    {
        await using var service = await StartAsync("Development");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/bug");
        request.Headers.Accept.ParseAdd("text/html");

        var response = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("/conflict", 409)]
    [InlineData("/no/such/path", 404)]
    [InlineData("/bug", 500)]
    public async Task WhoAcceptsNoJsonGetsTheSameProblem(string path, int status)
    {
        await using var service = await StartAsync("Production");
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html");

        var response = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        using var problem = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(status, problem.RootElement.GetProperty("status").GetInt32());
        Assert.All(["type", "title", "traceId"], member => Assert.NotEmpty(problem.RootElement.GetProperty(member).GetString()!));
    }
}
