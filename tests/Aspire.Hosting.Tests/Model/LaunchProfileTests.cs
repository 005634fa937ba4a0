using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.LaunchProfiles;

namespace Aspire.Hosting.Tests.Model;

public sealed class LaunchProfileTests : IDisposable
{
    private const string Settings = """
        {
          // Comments and trailing commas are common in this file.
          "profiles": {
            "iis": { "commandName": "IISExpress", "applicationUrl": "http://localhost:1" },
            "http": { "commandName": "Project", "applicationUrl": "http://localhost:2", "environmentVariables": { "A": "http" } },
            "other": { "commandName": "Project", "applicationUrl": "http://localhost:3;http://*:4" },
          }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public LaunchProfileTests()
    {
        File.WriteAllText(Path.Combine(_folder, "P.csproj"), "<Project/>");
        Directory.CreateDirectory(Path.Combine(_folder, "Properties"));
        Write(Settings);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Profile_NotAskedFor_IsTheFirstThatStartsTheProject() => Assert.Equal("http", ProfileOf(TestModel.Run(_folder)));

    [Fact]
    public void Profile_OfTheAppHostItself_IsPreferred() =>
        Assert.Equal("other", ProfileOf(TestModel.Run(_folder, settings: ["--AppHost:DefaultLaunchProfileName", "other"])));

    [Fact]
    public void Profile_OfTheAppHostThatTheProjectLacks_IsPassedOver() =>
        Assert.Equal("http", ProfileOf(TestModel.Run(_folder, settings: ["--AppHost:DefaultLaunchProfileName", "nope"])));

    [Fact]
    public void Profile_SwitchedOff_LeavesTheProjectWithoutEndpoints()
    {
        var project = TestModel.Run(_folder).AddProject("p", "P.csproj", launchProfileName: null).Resource;

        Assert.Null(project.GetEffectiveLaunchProfile());
        Assert.Empty(project.GetEndpoints());
    }

    [Fact]
    public void ApplicationUrls_OfOneScheme_AreNumberedFromTheSecond()
    {
        var project = TestModel.Run(_folder).AddProject("p", "P.csproj", "other").Resource;

        Assert.Equal(["http 3 localhost", "http2 4 *"], project.Annotations.OfType<EndpointAnnotation>().Select(e => $"{e.Name} {e.Port} {e.TargetHost}"));
    }

    [Theory]
    [InlineData("swagger", "http://localhost:9/swagger")]
    [InlineData("/swagger?x=1", "http://localhost:9/swagger?x=1")]
    [InlineData("https://docs.example.test/", "https://docs.example.test/")]
    public async Task LaunchUrl_IsWhereTheDashboardsLinkLeads(string launchUrl, string expected)
    {
        Write($$"""{ "profiles": { "http": { "commandName": "Project", "applicationUrl": "http://localhost:9", "launchUrl": "{{launchUrl}}" } } }""");
        var builder = TestModel.Run(_folder);
        var project = builder.AddProject("p", "P.csproj");
        var context = new ResourceUrlsCallbackContext(builder.ExecutionContext, project.Resource, cancellationToken: TestContext.Current.CancellationToken);
        context.Urls.Add(new ResourceUrlAnnotation { Url = "http://localhost:9", Endpoint = project.GetEndpoint("http") });

        await Assert.Single(project.Resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>()).Callback(context);

        Assert.Equal(expected, Assert.Single(context.Urls).Url);
    }

    [Fact]
    public void LaunchSettings_ThatAreMalformed_AreNamed()
    {
        Write("{ \"profiles\": ");

        var exception = Assert.Throws<DistributedApplicationException>(() => TestModel.Run(_folder).AddProject("p", "P.csproj"));

        Assert.StartsWith(
            $"Failed to get effective launch profile for project resource 'p'. There is malformed JSON in the project's launch settings file at '{_folder}/Properties/launchSettings.json'",
            exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kestrel_WithOneAddressOfAScheme_NamesTheEndpointByTheScheme()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "appsettings.json"),
            """{ "Kestrel": { "EndpointDefaults": { "Protocols": "Http2" }, "Endpoints": { "main": { "Url": "http://*:5000" }, "tls": { "Url": "https://*:5001", "Protocols": "Http1" } } } }""",
            TestContext.Current.CancellationToken);
        var builder = TestModel.Run(_folder);

        var project = builder.AddProject("p", "P.csproj").Resource;

        Assert.Equal(["http 5000 http2", "https 5001 http"], project.Annotations.OfType<EndpointAnnotation>().Select(e => $"{e.Name} {e.Port} {e.Transport}"));
        var variables = await TestModel.EnvironmentOf(builder, project);
        Assert.DoesNotContain("ASPNETCORE_URLS", variables.Keys);
        Assert.Equal("http://*:{p.bindings.http.targetPort}", TestModel.Expression(variables["Kestrel__Endpoints__http__Url"]));
    }

    private static string? ProfileOf(IDistributedApplicationBuilder builder) => builder.AddProject("p", "P.csproj").Resource.GetEffectiveLaunchProfile()?.Name;

    private void Write(string settings) => File.WriteAllText(Path.Combine(_folder, "Properties", "launchSettings.json"), settings);
}
