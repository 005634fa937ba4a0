using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Tests.Model;

public class EndpointTests
{
    [Fact]
    public async Task Endpoint_NamedAgain_IsChangedByWhatIsGiven()
    {
        var builder = TestModel.Run();
        var exe = builder.AddExecutable("a", "sleep", ".").WithHttpEndpoint(port: 1000, env: "FIRST");

        exe.WithHttpEndpoint(targetPort: 2000, env: "SECOND").WithHttpEndpoint(isProxied: false);

        var endpoint = Assert.Single(exe.Resource.Annotations.OfType<EndpointAnnotation>());
        Assert.Equal((1000, 2000, false), (endpoint.Port, endpoint.TargetPort, endpoint.IsProxied));
        Assert.Equal(["SECOND={a.bindings.http.targetPort}"], await TestModel.ExpressionsOf(builder, exe.Resource));
    }

    [Fact]
    public void Endpoint_ThatIsOnlyToBeChanged_IsNotAdded()
    {
        var exe = TestModel.Run().AddExecutable("a", "sleep", ".").WithEndpoint("x", e => e.Port = 1, createIfNotExists: false);

        Assert.Empty(exe.Resource.GetEndpoints());
    }

    [Fact]
    public void ExternalEndpoints_AreTheHttpOnesThatExist()
    {
        var exe = TestModel.Run().AddExecutable("a", "sleep", ".").WithHttpEndpoint().WithHttpsEndpoint().WithEndpoint(name: "raw").WithExternalHttpEndpoints().WithHttpEndpoint(name: "late");

        Assert.Equal(["http", "https"], exe.Resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.IsExternal).Select(e => e.Name));
    }

    [Fact]
    public async Task Http2Service_BeforeTheStart_HasThatTransportOnAllEndpoints()
    {
        var builder = TestModel.Run();
        var exe = builder.AddExecutable("a", "sleep", ".").AsHttp2Service().WithHttpEndpoint();
        await using var application = builder.Build();

        await builder.Eventing.PublishAsync(
            new BeforeStartEvent(application.Services, application.Services.GetRequiredService<DistributedApplicationModel>()),
            TestContext.Current.CancellationToken);

        Assert.Equal("http2", Assert.Single(exe.Resource.Annotations.OfType<EndpointAnnotation>()).Transport);
    }

    [Fact]
    public void HttpHealthCheck_IsNamedAfterEverythingThatItLooksAt()
    {
        var builder = TestModel.Run();
        builder.AddExecutable("a", "sleep", ".").WithHttpEndpoint().WithHttpEndpoint(name: "admin")
            .WithHttpHealthCheck("/health").WithHttpHealthCheck(statusCode: 204, endpointName: "admin");

        var checks = builder.Resources[0].Annotations.OfType<HealthCheckAnnotation>().Select(c => c.Key).ToArray();

        Assert.Equal(["a_http_/health_200_check", "a_admin_/_204_check"], checks);
        using var application = builder.Build();
        var registered = application.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations;
        Assert.Equal(checks, registered.Select(r => r.Name));
    }

    [Fact]
    public void HttpHealthCheck_AddedTwice_IsRefused()
    {
        var exe = TestModel.Run().AddExecutable("a", "sleep", ".").WithHttpEndpoint().WithHttpHealthCheck();

        var exception = Assert.Throws<DistributedApplicationException>(() => exe.WithHttpHealthCheck());
        Assert.Equal("Resource 'a' already has a health check with key 'a_http_/_200_check'.", exception.Message);
    }

    [Fact]
    public void HttpHealthCheck_OnAnEndpointThatDoesNotSpeakHttp_IsRefused()
    {
        var exe = TestModel.Run().AddExecutable("a", "sleep", ".").WithEndpoint(name: "raw", scheme: "tcp");

        var exception = Assert.Throws<DistributedApplicationException>(() => exe.WithHttpHealthCheck(endpointName: "raw"));
        Assert.Equal("Could not create HTTP health check for resource 'a' as the endpoint with name 'raw' and scheme 'tcp' is not an HTTP endpoint.", exception.Message);
    }

    [Fact]
    public async Task UrlsCallbacks_ChangeAddAndWarn()
    {
        var builder = TestModel.Run();
        var exe = builder.AddExecutable("a", "sleep", ".").WithHttpEndpoint()
            .WithUrlForEndpoint("http", u => u.DisplayText = "Main")
            .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/admin", DisplayText = "Admin" })
            .WithUrlForEndpoint("nope", u => u.DisplayText = "never")
            .WithUrl("/home", "Home")
            .WithUrl("https://docs.example.test/", "Docs");
        var context = new ResourceUrlsCallbackContext(builder.ExecutionContext, exe.Resource, cancellationToken: TestContext.Current.CancellationToken);
        context.Urls.Add(new ResourceUrlAnnotation { Url = "http://localhost:1000", Endpoint = exe.GetEndpoint("http") });

        foreach (var annotation in exe.Resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        Assert.Equal(["http://localhost:1000/home Home http", "/admin Admin http"], context.Urls.Select(u => $"{u.Url} {u.DisplayText} {u.Endpoint?.EndpointName}"));
        Assert.Equal("https://docs.example.test/", Assert.Single(exe.Resource.Annotations.OfType<ResourceUrlAnnotation>()).Url);
    }

    [Fact]
    public void Command_AddedAgain_TakesThePlaceOfTheFirst()
    {
        var exe = TestModel.Run().AddExecutable("a", "sleep", ".")
            .WithCommand("x", "First", _ => Task.FromResult(CommandResults.Success()))
            .WithCommand("x", "Second", _ => Task.FromResult(CommandResults.Success()), new CommandOptions { Description = "d", IsHighlighted = true });

        var command = Assert.Single(exe.Resource.Annotations.OfType<ResourceCommandAnnotation>());
        Assert.Equal(("Second", "d", true), (command.DisplayName, command.DisplayDescription, command.IsHighlighted));
    }
}
