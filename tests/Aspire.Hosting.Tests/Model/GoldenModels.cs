using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Model;

/// <summary>The models of recorded programs, as far as this package has what they use.</summary>
internal static class GoldenModels
{
    private const string WorkerFolder = "../dummies/Worker";
    private const string WorkerLibrary = "bin/Debug/net10.0/Worker.dll";

    /// <summary>The program's folder among the recordings, and what it adds to the model.</summary>
    public static Dictionary<string, Action<IDistributedApplicationBuilder>> All { get; } = new()
    {
        ["02-parameters"] = Parameters,
        ["03-containers"] = Containers,
        ["04-executables"] = Executables,
        ["05-references"] = References,
        ["07-launchsettings"] = LaunchProfiles,
        ["17-container-to-host"] = ContainerToHost,
    };

    private static void Parameters(IDistributedApplicationBuilder builder)
    {
        var plain = builder.AddParameter("plain");
        var secret = builder.AddParameter("secret", secret: true).WithDescription("A *secret* value", enableMarkdown: true);
        var dashed = builder.AddParameter("under-score");
        var constant = builder.AddParameter("constant", "fallback");
        var published = builder.AddParameter("published", "fallback2", publishValueAsDefault: true);
        var computed = builder.AddParameter("computed", () => "computed-value", secret: true);
        var generated = builder.AddParameter("generated", new GenerateParameterDefault { MinLength = 30, Special = false, MinNumeric = 2 }, secret: true);
        var generatedPlain = builder.AddParameter("generated-plain", new GenerateParameterDefault { MinLength = 10 }, secret: false, persist: false);
        var fromConfig = builder.AddParameterFromConfiguration("from-config", "Custom:Key");
        var fromConfigSecret = builder.AddParameterFromConfiguration("from-config-secret", "Custom:Secret", secret: true);
        var expression = builder.AddConnectionString("expr", ReferenceExpression.Create($"Server=x;User={plain};Password={secret};Enc={secret:uri}"));
        var built = builder.AddConnectionString("built", e =>
        {
            e.AppendLiteral("Endpoint=");
            e.Append($"{constant}");
            e.AppendLiteral(";Key=");
            e.Append($"{generated}");
        });

        builder.AddProject("show", $"{WorkerFolder}/Worker.csproj")
            .WithEnvironment("P_PLAIN", plain).WithEnvironment("P_SECRET", secret).WithEnvironment("P_DASHED", dashed)
            .WithEnvironment("P_CONSTANT", constant).WithEnvironment("P_PUBLISHED", published).WithEnvironment("P_COMPUTED", computed)
            .WithEnvironment("P_GENERATED", generated).WithEnvironment("P_GENERATED_PLAIN", generatedPlain)
            .WithEnvironment("P_CONFIG", fromConfig).WithEnvironment("P_CONFIG_SECRET", fromConfigSecret)
            .WithEnvironment("P_EXPR", $"pre-{plain}-{secret:uri}-post")
            .WithArgs("--literal", plain, secret)
            .WithReference(builder.AddConnectionString("conn")).WithReference(builder.AddConnectionString("conn-env", "MY_CONN_VAR"))
            .WithReference(expression).WithReference(built);
    }

    private static void Containers(IDistributedApplicationBuilder builder)
    {
        var key = builder.AddParameter("key", "k-value", secret: true);
        var web = builder.AddContainer("web", "debian", "bookworm-slim").WithEntrypoint("/bin/sleep").WithArgs("600")
            .WithHttpEndpoint(targetPort: 8080)
            .WithHttpsEndpoint(targetPort: 8443, port: 15343)
            .WithHttpEndpoint(targetPort: 9090, name: "metrics", env: "METRICS_PORT")
            .WithEndpoint(targetPort: 7000, port: 15370, scheme: "tcp", name: "raw", isExternal: true)
            .WithEndpoint(targetPort: 7001, port: 15371, scheme: "http", name: "noproxy", isProxied: false)
            .WithEndpoint("grpc", e => { e.TargetPort = 5000; e.UriScheme = "http"; e.Transport = "http2"; })
            .WithEndpoint("udp", e => { e.TargetPort = 5353; e.UriScheme = "udp"; e.Protocol = ProtocolType.Udp; })
            .WithEnvironment("KEY", key);
        web.WithEnvironment("SELF", web.GetEndpoint("http"))
            .WithEnvironment("SELF_TARGET", web.GetEndpoint("http").Property(EndpointProperty.TargetPort))
            .WithEnvironment("EXPR", $"{web.GetEndpoint("raw").Property(EndpointProperty.HostAndPort)}/{key}");
        builder.AddContainer("client", "debian:bookworm-slim").WithEntrypoint("sleep").WithArgs(c => { c.Args.Add("600"); })
            .WithReference(web.GetEndpoint("http"))
            .WithReference(web.GetEndpoint("grpc"))
            .WithEnvironment("WEB_URL", web.GetEndpoint("http"))
            .WithEnvironment("WEB_HOST", web.GetEndpoint("http").Property(EndpointProperty.Host))
            .WithEnvironment("WEB_PORT", web.GetEndpoint("http").Property(EndpointProperty.Port));
        builder.AddProject("hostside", $"{WorkerFolder}/Worker.csproj")
            .WithReference(web.GetEndpoint("http")).WithReference(web.GetEndpoint("https")).WithReference(web.GetEndpoint("metrics"))
            .WithReference(web.GetEndpoint("raw")).WithReference(web.GetEndpoint("noproxy")).WithReference(web.GetEndpoint("grpc"));
    }

    private static void Executables(IDistributedApplicationBuilder builder)
    {
        var exe = builder.AddExecutable("exe", "dotnet", WorkerFolder, WorkerLibrary, "first arg", "--flag")
            .WithHttpEndpoint(env: "PORT")
            .WithHttpEndpoint(name: "two", port: 15401, env: "PORT2")
            .WithEndpoint(name: "fixed", scheme: "tcp", port: 15402, targetPort: 15403, env: "FIXED")
            .WithEnvironment("DUMMY_NAME", "exe")
            .WithOtlpExporter();
        exe.WithArgs("--port", exe.GetEndpoint("http").Property(EndpointProperty.TargetPort))
            .WithArgs(c => { c.Args.Add("--url"); c.Args.Add(exe.GetEndpoint("two")); })
            .WithEnvironment("MY_URL", exe.GetEndpoint("http"));
        builder.AddExecutable("plain", "dotnet", WorkerFolder, WorkerLibrary).WithEnvironment("DUMMY_NAME", "plain")
            .WithReference(exe.GetEndpoint("http")).WithReference(exe.GetEndpoint("fixed"));
        builder.AddExecutable("proxyless", "dotnet", WorkerFolder, WorkerLibrary).WithHttpEndpoint(port: 15404, isProxied: false, env: "PORT").WithEnvironment("DUMMY_NAME", "proxyless");
        builder.AddExecutable("otlp-http", "dotnet", WorkerFolder, WorkerLibrary).WithEnvironment("DUMMY_NAME", "otlp-http").WithOtlpExporter(OtlpProtocol.HttpProtobuf);
        builder.AddExecutable("exits3", "/bin/sh", ".", "-c", "echo out; echo err >&2; exit 3");
        builder.AddExecutable("once", "/bin/true", ".");
    }

    private static void References(IDistributedApplicationBuilder builder)
    {
        var api = builder.AddProject("api", "../dummies/Api/Api.csproj");
        var backEnd = builder.AddProject("back-end", "../dummies/Gateway/Gateway.csproj")
            .WithHttpEndpoint(name: "admin")
            .WithEndpoint("raw", e => { e.UriScheme = "tcp"; e.Transport = "tcp"; });
        var weather = builder.AddExternalService("weather", "https://weather.example.test/");
        var geo = builder.AddExternalService("geo", builder.AddParameter("geo-url", "http://geo.example.test/"));
        var legacy = builder.AddConnectionString("legacy");
        var http = api.GetEndpoint("http");
        var crm = builder.AddConnectionString(
            "crm",
            ReferenceExpression.Create($"Server={http.Property(EndpointProperty.Host)};Port={http.Property(EndpointProperty.Port)};Database=crm"));
        builder.AddProject("worker", $"{WorkerFolder}/Worker.csproj")
            .WithReference(api)
            .WithReference(backEnd.GetEndpoint("admin"))
            .WithReference(backEnd.GetEndpoint("raw"))
            .WithReference(weather)
            .WithReference(geo)
            .WithReference("static", new Uri("http://static.example.test:8080/"))
            .WithReference(legacy)
            .WithReference(legacy, connectionName: "renamed-db")
            .WithReference(crm);
        builder.AddExecutable("tool", "sleep", ".", "600").WithReference(api).WithReference(legacy).WithReference(backEnd);
    }

    private static void LaunchProfiles(IDistributedApplicationBuilder builder)
    {
        const string profiles = "../dummies/Profiles/Profiles.csproj";
        const string kestrel = "../dummies/Kestrel/Kestrel.csproj";
        builder.AddProject("p-http", profiles, launchProfileName: "http");
        builder.AddProject("p-https", profiles, launchProfileName: "https");
        builder.AddProject("p-two", profiles, launchProfileName: "two").WithArgs("--own", "arg");
        builder.AddProject("p-nourl", profiles, launchProfileName: "nourl");
        builder.AddProject("p-wild", profiles, launchProfileName: "wild");
        builder.AddProject("p-none", profiles, launchProfileName: null);
        builder.AddProject("p-exclude", profiles, o => { o.ExcludeLaunchProfile = true; }).WithHttpEndpoint(port: 15331, targetPort: 15332);
        builder.AddProject("p-extra", profiles, "nourl").WithHttpEndpoint().WithHttpEndpoint(name: "admin", env: "ADMIN_PORT").WithHttpEndpoint(name: "fixed", port: 15333);
        builder.AddProject("w-plain", $"{WorkerFolder}/Worker.csproj");
        builder.AddProject("kestrel", kestrel);
        builder.AddProject("kestrel-off", kestrel, o => { o.ExcludeKestrelEndpoints = true; });
        builder.AddProject("by-path", profiles, "nourl");
    }

    private static void ContainerToHost(IDistributedApplicationBuilder builder)
    {
        var api = builder.AddProject("api", "../dummies/Api/Api.csproj").WithHttpEndpoint(name: "second");
        var exe = builder.AddExecutable("exe", "sleep", ".", "600").WithHttpEndpoint(port: 15701, targetPort: 15702);
        builder.AddContainer("box", "debian", "bookworm-slim").WithEntrypoint("sleep").WithArgs("600")
            .WithReference(api)
            .WithEnvironment("EXE_URL", exe.GetEndpoint("http"))
            .WithEnvironment("API_HOST", api.GetEndpoint("http").Property(EndpointProperty.Host))
            .WithEnvironment("API_PORT", api.GetEndpoint("http").Property(EndpointProperty.Port))
            .WithOtlpExporter();
    }
}
