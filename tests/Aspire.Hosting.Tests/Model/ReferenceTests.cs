using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Model;

public class ReferenceTests
{
    [Theory]
    [InlineData(ReferenceEnvironmentInjectionFlags.None, "")]
    [InlineData(ReferenceEnvironmentInjectionFlags.ConnectionString, "ConnectionStrings__my-db")]
    [InlineData(ReferenceEnvironmentInjectionFlags.ConnectionProperties, "MY_DB_HOST MY_DB_EXTRA")]
    [InlineData(ReferenceEnvironmentInjectionFlags.ServiceDiscovery, "services__web__http__0 services__web__admin__0 services__docs__default__0 services__ext__https__0")]
    [InlineData(ReferenceEnvironmentInjectionFlags.Endpoints, "WEB_HTTP WEB_ADMIN docs EXT")]
    [InlineData(
        ReferenceEnvironmentInjectionFlags.All,
        "ConnectionStrings__my-db MY_DB_HOST MY_DB_EXTRA WEB_HTTP services__web__http__0 WEB_ADMIN services__web__admin__0 services__docs__default__0 docs EXT services__ext__https__0")]
    public async Task References_PutIntoTheEnvironmentWhatIsAskedFor(ReferenceEnvironmentInjectionFlags flags, string expected)
    {
        var builder = TestModel.Run();
        var web = builder.AddResource(new Service("web")).WithHttpEndpoint().WithHttpEndpoint(name: "admin").WithHttpEndpoint(name: "hidden");
        web.WithEndpoint("hidden", e => e.ExcludeReferenceEndpoint = true);
        var db = builder.AddResource(new Database("my-db")).WithConnectionProperty("extra", "x");

        var exe = builder.AddExecutable("a", "sleep", ".").WithReferenceEnvironment(flags)
            .WithReference(db).WithReference(web).WithReference("docs", new Uri("http://docs.example.test/"))
            .WithReference(builder.AddExternalService("ext", "https://ext.example.test/"));

        Assert.Equal(expected, string.Join(' ', (await TestModel.EnvironmentOf(builder, exe.Resource)).Keys));
    }

    [Fact]
    public async Task Reference_ToAnExcludedEndpointByName_IsKept()
    {
        var builder = TestModel.Run();
        var web = builder.AddResource(new Service("web")).WithHttpEndpoint().WithEndpoint("admin", e => e.ExcludeReferenceEndpoint = true);

        var exe = builder.AddExecutable("a", "sleep", ".").WithReference(web.GetEndpoint("admin"));

        Assert.Equal(["WEB_ADMIN", "services__web__admin__0"], (await TestModel.EnvironmentOf(builder, exe.Resource)).Keys);
    }

    [Fact]
    public async Task Reference_UnderAnotherName_KeepsItsCase()
    {
        var builder = TestModel.Run();
        var web = builder.AddResource(new Service("web")).WithHttpEndpoint();

        var exe = builder.AddExecutable("a", "sleep", ".").WithReference(web, "Shop-front");

        Assert.Equal(["Shop_front_HTTP", "services__Shop-front__http__0"], (await TestModel.EnvironmentOf(builder, exe.Resource)).Keys);
    }

    [Theory]
    [InlineData("relative", "it must be absolute.")]
    [InlineData("http://x.test/#f", "it cannot contain a fragment.")]
    [InlineData("http://x.test/?q", "it cannot contain a query string.")]
    public void Reference_ToAnAddressThatCannotBeOne_IsRefused(string address, string reason)
    {
        var exe = TestModel.Run().AddExecutable("a", "sleep", ".");

        var exception = Assert.Throws<InvalidOperationException>(() => exe.WithReference("x", new Uri(address, UriKind.RelativeOrAbsolute)));
        Assert.Equal($"The URI for service reference 'x' is invalid while configuring target resource 'a': {reason}", exception.Message);
    }

    [Fact]
    public async Task ExternalService_WhoseParameterIsNotAnAddress_FailsWhoRefersToIt()
    {
        var builder = TestModel.Run();
        var service = builder.AddExternalService("geo", builder.AddParameter("geo-url", "nowhere"));
        var exe = builder.AddExecutable("a", "sleep", ".").WithReference(service);

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => TestModel.EnvironmentOf(builder, exe.Resource));
        Assert.Equal(
            "The URL parameter 'geo-url' for source resource 'geo' is invalid while configuring target resource 'a': The URL for the external service must be an absolute URI.",
            exception.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ConnectionString_ThatIsMissing_IsLeftOutOnlyWhereItIsOptional(bool optional)
    {
        var builder = TestModel.Run(dashboard: false);
        var exe = builder.AddExecutable("a", "sleep", ".").WithReference(builder.AddConnectionString("nope"), optional: optional);

        var reference = (IValueProvider)(await TestModel.EnvironmentOf(builder, exe.Resource))["ConnectionStrings__nope"];
        var read = () => reference.GetValueAsync(TestContext.Current.CancellationToken).AsTask();

        if (optional)
        {
            Assert.Null(await read());
        }
        else
        {
            Assert.Contains("connection string 'nope' is missing", (await Assert.ThrowsAnyAsync<DistributedApplicationException>(read)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AspNetCoreUrls_LeaveOutFilteredEndpoints()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "P.csproj"), "<Project/>", TestContext.Current.CancellationToken);
            var builder = TestModel.Run(folder.FullName);
            var project = builder.AddProject("p", "P.csproj").WithHttpEndpoint().WithEndpointsInEnvironment(e => e.Name != "hidden").WithHttpEndpoint(name: "hidden");

            var variables = await TestModel.EnvironmentOf(builder, project.Resource);

            Assert.Equal("{p.bindings.http.scheme}://localhost:{p.bindings.http.targetPort}", TestModel.Expression(variables["ASPNETCORE_URLS"]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed class Service(string name) : Resource(name), IResourceWithServiceDiscovery;

    private sealed class Database(string name) : Resource(name), IResourceWithConnectionString
    {
        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"Host=h");

        public IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() => [new("Host", ReferenceExpression.Create($"h"))];
    }
}
