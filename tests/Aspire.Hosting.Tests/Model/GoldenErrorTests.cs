using System.Net.Sockets;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Model;

/// <summary>What is wrong with a model is said when it is built, in the official host's words.</summary>
public class GoldenErrorTests
{
    [Theory]
    [InlineData("duplicate")]
    [InlineData("name-space")]
    [InlineData("name-digit")]
    [InlineData("name-underscore")]
    [InlineData("name-doubledash")]
    [InlineData("name-trailing")]
    [InlineData("name-long")]
    [InlineData("name-empty")]
    [InlineData("null-name")]
    [InlineData("param-name")]
    [InlineData("endpoint-name")]
    [InlineData("waitfor-self")]
    [InlineData("unknown-profile")]
    [InlineData("missing-project")]
    [InlineData("healthcheck-noendpoint")]
    [InlineData("invalid-uri")]
    [InlineData("uri-nopath")]
    public void Model_WithAMistake_SaysWhatTheOfficialHostSays(string name)
    {
        Assert.SkipWhen(GoldenData.Folder is null, GoldenData.Missing);
        foreach (var mode in new[] { "publish", "run" })
        {
            var builder = mode == "run" ? TestModel.Run(Folder) : TestModel.Publish(Folder);

            var exception = Record.Exception(() => Act(builder, name));

            Assert.NotNull(exception);
            Assert.Equal(Recorded(name, mode), $"{exception.GetType().FullName}: {exception.Message}".Replace(GoldenData.Folder!, "$ROOT", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("duplicate-endpoint")]
    [InlineData("duplicate-endpoint-annotation")]
    [InlineData("proxyless-noport")]
    [InlineData("missing-parameter")]
    [InlineData("missing-config")]
    [InlineData("waitfor-parent")]
    [InlineData("waitfor-cycle")]
    [InlineData("unknown-connection")]
    [InlineData("unknown-endpoint")]
    [InlineData("unknown-healthcheck")]
    public void Model_WithAMistakeThatShowsLater_CanBePutTogether(string name)
    {
        Assert.SkipWhen(GoldenData.Folder is null, GoldenData.Missing);

        Assert.Null(Record.Exception(() => Act(TestModel.Run(Folder), name)));
        Assert.Null(Record.Exception(() => Act(TestModel.Publish(Folder), name)));
    }

    private static string Folder => Path.Combine(GoldenData.Folder!, "12-errors");

    /// <summary>Type and message of the exception that ended the recorded program.</summary>
    private static string Recorded(string name, string mode)
    {
        using var errors = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "errors.json")));
        const string prefix = "Unhandled exception. ";
        return errors.RootElement.GetProperty(name).GetProperty(mode).GetProperty("log").EnumerateArray()
            .Select(l => l.GetString()!).Single(l => l.StartsWith(prefix, StringComparison.Ordinal))[prefix.Length..];
    }

    private static void Act(IDistributedApplicationBuilder builder, string name)
    {
        IResourceBuilder<ExecutableResource> Exe(string exe) => builder.AddExecutable(exe, "sleep", ".", "600");
        IResourceBuilder<ProjectResource> Worker() => builder.AddProject("w", "../dummies/Worker/Worker.csproj");
        switch (name)
        {
            case "duplicate": Exe("same"); Exe("SAME"); break;
            case "name-space": Exe("a b"); break;
            case "name-digit": Exe("1abc"); break;
            case "name-underscore": Exe("a_b"); break;
            case "name-doubledash": Exe("a--b"); break;
            case "name-trailing": Exe("ab-"); break;
            case "name-long": Exe(new string('a', 65)); break;
            case "name-empty": Exe(""); break;
            case "null-name": Exe(null!); break;
            case "param-name": builder.AddParameter("bad name"); break;
            case "endpoint-name": Exe("a").WithHttpEndpoint(name: "not_valid"); break;
            case "waitfor-self": { var a = Exe("a"); a.WaitFor(a); break; }
            case "unknown-profile": builder.AddProject("p", "../dummies/Profiles/Profiles.csproj", launchProfileName: "nope"); break;
            case "missing-project": builder.AddProject("p", "../nowhere/None.csproj"); break;
            case "healthcheck-noendpoint": Exe("a").WithHttpHealthCheck("/health"); break;
            case "invalid-uri": builder.AddExternalService("e", "not a url"); break;
            case "uri-nopath": builder.AddExternalService("e", "http://x.example.test/path?x=1"); break;
            case "duplicate-endpoint": Exe("a").WithHttpEndpoint().WithHttpEndpoint(); break;
            case "duplicate-endpoint-annotation":
                Exe("a").WithEndpoint(1, 2, "http", "x").WithAnnotation(new EndpointAnnotation(ProtocolType.Tcp, name: "x")); break;
            case "proxyless-noport": Exe("a").WithHttpEndpoint(isProxied: false); break;
            case "missing-parameter": Exe("a").WithEnvironment("X", builder.AddParameter("nope")); break;
            case "missing-config": Exe("a").WithEnvironment("X", builder.AddParameterFromConfiguration("nope", "No:Key")); break;
            case "waitfor-parent": { var a = Exe("a"); var b = Exe("b").WithParentRelationship(a); a.WaitFor(b); break; }
            case "waitfor-cycle": { var a = Exe("a"); var b = Exe("b"); a.WaitFor(b); b.WaitFor(a); break; }
            case "unknown-connection": Worker().WithReference(builder.AddConnectionString("nope")); break;
            case "unknown-endpoint": { var a = Exe("a").WithHttpEndpoint(env: "PORT"); Exe("b").WithEnvironment("X", a.GetEndpoint("nope")); break; }
            case "unknown-healthcheck": Exe("a").WithHealthCheck("nope"); break;
            default: throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown case.");
        }
    }
}
