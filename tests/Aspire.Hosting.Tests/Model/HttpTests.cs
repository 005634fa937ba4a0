using System.Net;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Tests.Model;

public class HttpTests
{
    private static readonly Uri s_address = new("http://localhost:1000/health");

    [Theory]
    [InlineData(HttpStatusCode.OK, 200, HealthStatus.Healthy, null)]
    [InlineData(HttpStatusCode.NoContent, 204, HealthStatus.Healthy, null)]
    [InlineData(HttpStatusCode.ServiceUnavailable, 200, HealthStatus.Unhealthy, "Request to http://localhost:1000/health returned 503 ServiceUnavailable")]
    [InlineData(HttpStatusCode.OK, 204, HealthStatus.Unhealthy, "Request to http://localhost:1000/health returned 200 OK")]
    public async Task Check_ComparesTheStatus(HttpStatusCode answer, int expected, HealthStatus status, string? description)
    {
        var result = await CheckAsync(_ => new HttpResponseMessage(answer), s_address, expected);

        Assert.Equal((status, description), (result.Status, result.Description));
    }

    [Fact]
    public async Task Check_ThatCannotConnect_SaysWhere()
    {
        var result = await CheckAsync(_ => throw new HttpRequestException("refused"), s_address);

        Assert.Equal((HealthStatus.Unhealthy, "Failed to connect to http://localhost:1000/health"), (result.Status, result.Description));
        Assert.IsType<HttpRequestException>(result.Exception);
    }

    [Fact]
    public async Task Check_ThatTimesOut_IsNotTakenForACancelledOne() =>
        Assert.Equal("Request to http://localhost:1000/health timed out", (await CheckAsync(_ => throw new TaskCanceledException(), s_address)).Description);

    [Fact]
    public async Task Check_BeforeThereIsAnAddress_IsUnhealthy() =>
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(_ => throw new InvalidOperationException("Not asked."), address: null)).Status);

    [Theory]
    [InlineData(HttpStatusCode.OK, true, null)]
    [InlineData(HttpStatusCode.Forbidden, false, "Request failed with status code 403 Forbidden")]
    public async Task Command_SendsItsRequestToTheEndpoint(HttpStatusCode answer, bool success, string? message)
    {
        var requests = new List<string>();
        var builder = TestModel.Run();
        builder.Services.ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(() => new Stub(request =>
        {
            requests.Add($"{request.Method} {request.RequestUri} {request.Headers.GetValues("X-Key").Single()}");
            return new HttpResponseMessage(answer);
        })));
        var exe = builder.AddExecutable("a", "sleep", ".").WithHttpEndpoint().WithHttpCommand("/reset", "Reset", commandOptions: new HttpCommandOptions
        {
            PrepareRequest = context =>
            {
                context.Request.Headers.Add("X-Key", "k");
                return Task.CompletedTask;
            },
        });
        var endpoint = Assert.Single(exe.Resource.Annotations.OfType<EndpointAnnotation>());
        await using var application = builder.Build();
        await application.ResourceNotifications.PublishUpdateAsync(exe.Resource, s => s with { State = KnownResourceStates.Running });
        Assert.Equal("Endpoints are not yet allocated.", (await ResetAsync()).Message);
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", 1000);

        var result = await ResetAsync();

        Assert.Equal((success, message), (result.Success, result.Message));
        Assert.Equal(["POST http://localhost:1000/reset k"], requests);

        Task<ExecuteCommandResult> ResetAsync() =>
            application.ResourceCommands.ExecuteCommandAsync("a", "a-http-http-post-/reset", TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("http://geo.example.test/", "Running", "geo.example.test")]
    [InlineData("nowhere", "FailedToStart", null)]
    public async Task ExternalService_RunsAsSoonAsItsAddressIsKnown(string url, string state, string? source)
    {
        var builder = TestModel.Run();
        var service = builder.AddExternalService("geo", builder.AddParameter("geo-url", url));
        await using var application = builder.Build();

        await InitializeAsync(application, builder, service.Resource);

        Assert.True(application.ResourceNotifications.TryGetCurrentState("geo", out var current));
        Assert.Equal((state, source), (current.Snapshot.State?.Text, current.Snapshot.Properties.FirstOrDefault(p => p.Name == "resource.source")?.Value));
        Assert.Equal(source is null ? [] : [url], current.Snapshot.Urls.Select(u => u.Url));
    }

    [Fact]
    public async Task ConnectionString_RunsAndIsAnnounced()
    {
        var builder = TestModel.Run();
        var events = new List<string>();
        var connection = builder.AddConnectionString("cs", ReferenceExpression.Create($"Server={builder.AddParameter("p", "x")}"))
            .OnBeforeResourceStarted((r, _, _) => Note($"before {r.Name}"))
            .OnConnectionStringAvailable(async (r, _, token) => await Note($"available {await r.ConnectionStringExpression.GetValueAsync(token)}"));
        await using var application = builder.Build();

        await InitializeAsync(application, builder, connection.Resource);

        Assert.Equal(["before cs", "available Server=x"], events);
        Assert.True(application.ResourceNotifications.TryGetCurrentState("cs", out var current));
        Assert.Equal("Running", current.Snapshot.State?.Text);

        Task Note(string text)
        {
            events.Add(text);
            return Task.CompletedTask;
        }
    }

    private static Task InitializeAsync(DistributedApplication application, IDistributedApplicationBuilder builder, IResource resource) => builder.Eventing.PublishAsync(
        new InitializeResourceEvent(
            resource,
            builder.Eventing,
            application.Services.GetRequiredService<ResourceLoggerService>(),
            application.ResourceNotifications,
            application.Services),
        TestContext.Current.CancellationToken);

    private static async Task<HealthCheckResult> CheckAsync(Func<HttpRequestMessage, HttpResponseMessage> answer, Uri? address, int expected = 200)
    {
        var check = new HttpHealthCheck(() => new HttpClient(new Stub(answer)), _ => new(address), expected);
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("x", check, HealthStatus.Unhealthy, tags: null) };
        return await check.CheckHealthAsync(context, TestContext.Current.CancellationToken);
    }

    private sealed class Stub(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }
}
