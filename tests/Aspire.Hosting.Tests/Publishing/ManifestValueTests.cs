using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Publishing;

/// <summary>How values, ports and references come out in the manifest.</summary>
[Collection("exit code")]
public sealed class ManifestValueTests : IDisposable
{
    private readonly InProcessManifest _manifest = new();

    public void Dispose() => _manifest.Dispose();

    [Fact]
    public async Task Environment_ValuesOfEveryKind_AreText()
    {
        var environment = (await ResourcesAsync(builder =>
        {
            var parameter = builder.AddParameter("p", "value");
            builder.AddExecutable("a", "sleep", ".", "1").WithEnvironment(context =>
            {
                context.EnvironmentVariables["NUMBER"] = 1.5;
                context.EnvironmentVariables["FLAG"] = true;
                context.EnvironmentVariables["BUILDER"] = parameter;
                context.EnvironmentVariables["PARAMETER"] = parameter.Resource;
                context.EnvironmentVariables["NOTHING"] = null!;
                context.EnvironmentVariables["EMPTY"] = string.Empty;
                context.EnvironmentVariables["EXPRESSION"] = ReferenceExpression.Create($"{{x}}={parameter};{parameter:uri}");
            });
        })).GetProperty("a").GetProperty("env");
        Assert.Equal(
            ["NUMBER=1.5", "FLAG=True", "BUILDER={p.value}", "PARAMETER={p.value}", "EMPTY=", "EXPRESSION={x}={p.value};{p-uri-encoded.value}"],
            environment.EnumerateObject().Select(v => $"{v.Name}={v.Value}"));
    }

    [Fact]
    public async Task Text_OutsidePlainAscii_IsEscapedAsTheOfficialWriterDoes()
    {
        var text = await _manifest.PublishAsync(builder => builder.AddExecutable("a", "sleep", ".", "1").WithEnvironment("X", "ä<&>'\"+`\\/\t😀"));
        Assert.Contains("\"X\": \"\\u00E4\\u003C\\u0026\\u003E\\u0027\\u0022\\u002B\\u0060\\\\/\\t\\uD83D\\uDE00\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EncodedParameter_NameIsTaken_GetsANumber()
    {
        var resources = await ResourcesAsync(builder =>
        {
            var parameter = builder.AddParameter("p", "value");
            builder.AddParameter("p-uri-encoded", "other");
            builder.AddExecutable("a", "sleep", ".", "1").WithEnvironment("X", $"{parameter:uri}");
        });
        Assert.Equal("{p-uri-encoded-1.value}", resources.GetProperty("a").GetProperty("env").GetProperty("X").GetString());
        Assert.Equal("annotated.string", resources.GetProperty("p-uri-encoded-1").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Ports_TakenByOthers_AreLeftOutOfTheCount()
    {
        var resources = await ResourcesAsync(builder =>
        {
            builder.AddExecutable("fixed", "sleep", ".", "1").WithHttpEndpoint(targetPort: 8000).WithEndpoint(name: "pub", scheme: "tcp", port: 8001, targetPort: 9000);
            builder.AddExecutable("free", "sleep", ".", "1").WithHttpEndpoint();
            builder.AddContainer("box", "image").WithEndpoint(name: "raw", scheme: "tcp", port: 5000);
        });
        Assert.Equal(8002, Port("free", "http", "targetPort"));
        Assert.Equal(8001, Port("fixed", "pub", "port"));
        Assert.Equal(5000, Port("box", "raw", "targetPort"));
        Assert.False(resources.GetProperty("box").GetProperty("bindings").GetProperty("raw").TryGetProperty("port", out _));

        int Port(string resource, string binding, string kind) =>
            resources.GetProperty(resource).GetProperty("bindings").GetProperty(binding).GetProperty(kind).GetInt32();
    }

    [Fact]
    public async Task Connections_NamesThatNeedEncoding_BecomeVariableNames()
    {
        var environment = (await ResourcesAsync(builder =>
        {
            var database = builder.AddPostgres("PG-Main").AddDatabase("db", "Odd;Name \"x\"");
            builder.AddExecutable("a", "sleep", ".", "1").WithReference(database, "1st.db-name");
        })).GetProperty("a").GetProperty("env");
        Assert.Equal("{db.connectionString}", environment.GetProperty("ConnectionStrings__1st.db-name").GetString());
        Assert.Equal("{PG-Main.bindings.tcp.host}", environment.GetProperty("_1ST_DB_NAME_HOST").GetString());
        Assert.EndsWith("/Odd%3BName%20%22x%22", environment.GetProperty("_1ST_DB_NAME_URI").GetString(), StringComparison.Ordinal);
        Assert.Equal("Odd;Name \"x\"", environment.GetProperty("_1ST_DB_NAME_DATABASENAME").GetString());
    }

    [Fact]
    public async Task DatabaseName_WithASeparator_IsQuotedInTheConnectionString()
    {
        var resources = await ResourcesAsync(builder => builder.AddPostgres("pg").AddDatabase("db", "a;b"));
        Assert.Equal("{pg.connectionString};Database=\"a;b\"", resources.GetProperty("db").GetProperty("connectionString").GetString());
    }

    [Fact]
    public async Task Manifest_OfEveryKindOfResource_SatisfiesTheSchema()
    {
        var text = await _manifest.PublishAsync(builder =>
        {
            var secret = builder.AddParameter("s", "value", secret: true);
            builder.AddPostgres("pg").WithDataVolume().WithPgAdmin().WithPgWeb().AddDatabase("db");
            builder.AddRedis("cache").WithDataVolume(isReadOnly: true).WithRedisCommander().WithRedisInsight();
            builder.AddConnectionString("conn");
            builder.AddDockerfile("built", ".").WithBuildArg("A", builder.AddParameter("plain", "x")).WithBuildSecret("S", secret);
            builder.AddContainer("box", "image", "1").WithVolume("data", "/data").WithBindMount("x", "/x").WithArgs("a").WithEnvironment("U", $"{secret:uri}");
        });
        Assert.Empty(ManifestSchema.Violations(text!));
        Assert.DoesNotContain("pgadmin", text, StringComparison.Ordinal);
        Assert.DoesNotContain("redisinsight", text, StringComparison.Ordinal);
    }

    private async Task<JsonElement> ResourcesAsync(Action<IDistributedApplicationBuilder> configure)
    {
        var text = await _manifest.PublishAsync(configure);
        Assert.True(text is not null, string.Join('\n', _manifest.Errors));
        using var document = JsonDocument.Parse(text);
        return document.RootElement.GetProperty("resources").Clone();
    }
}
