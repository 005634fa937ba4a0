using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Backchannel;
using Aspire.Hosting.Tests.Dashboard;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.Tests.Backchannel;

public sealed class AuxiliaryMethodsTests : IAsyncDisposable
{
    private readonly ApplicationFeed _feed = new(settings: ("AppHost:FilePath", "/app/App.csproj"));
    private readonly ServiceProvider _noDashboard = new ServiceCollection().BuildServiceProvider();
    private readonly ApplicationFeed.FakeLifetime _lifetime = new();
    private readonly TestResource _api = new("api");
    private readonly TestResource _box = new("box");
    private readonly JsonRpcMethods _methods;

    public AuxiliaryMethodsTests()
    {
        _api.Annotations.Add(new DcpInstancesAnnotation([new("api-aaaaaaaa", "aaaaaaaa", 0), new("api-bbbbbbbb", "bbbbbbbb", 1)]));
        var model = new DistributedApplicationModel([_api, _box]);
        var addresses = new AppHostAddresses(_noDashboard, _feed.Configuration);
        _methods = new AuxiliaryMethods(
            _feed.Notifications,
            _feed.Commands,
            model,
            new ResourceLogLines(_feed.Notifications, _feed.Loggers, model),
            new ResourceWait(_feed.Notifications, model, TimeProvider.System),
            addresses,
            _feed.Configuration,
            _lifetime).Create();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _feed.DisposeAsync();
        await _noDashboard.DisposeAsync();
        _lifetime.Dispose();
    }

    [Fact]
    public async Task Information_NamesProjectAndProcess()
    {
        var information = await CallAsync("GetAppHostInformationAsync");

        Assert.Equal(("/app/App.csproj", Environment.ProcessId), (information["appHostPath"]!.GetValue<string>(), information["processId"]!.GetValue<int>()));
        Assert.Equal(["aux.v1", "aux.v2"], (await CallAsync("GetCapabilitiesAsync"))["capabilities"]!.AsArray().Select(c => c!.GetValue<string>()));
        Assert.False((await CallAsync("GetDashboardUrlsAsync"))["DashboardHealthy"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Resources_ShowEachInstanceWithoutSecrets()
    {
        await _feed.Notifications.PublishUpdateAsync(_api, s => s with
        {
            State = "Running",
            Properties = [new("open", new[] { 1, 2 }), new("closed", "secret") { IsSensitive = true }],
            EnvironmentVariables = [new("A", "1", IsFromSpec: true), new("HOME", "/root", IsFromSpec: false)],
        });

        var resources = (await CallAsync("GetResourcesAsync"))["resources"]!.AsArray();

        Assert.Equal(["api-aaaaaaaa", "api-bbbbbbbb"], resources.Select(r => r!["name"]!.GetValue<string>()));
        Assert.Equal(("api", "TestResource", "TestResource", "Running", "Healthy"), (
            resources[0]!["displayName"]!.GetValue<string>(),
            resources[0]!["type"]!.GetValue<string>(),
            resources[0]!["resourceType"]!.GetValue<string>(),
            resources[0]!["state"]!.GetValue<string>(),
            resources[0]!["healthStatus"]!.GetValue<string>()));
        Assert.Equal("""{"open":"1, 2","closed":null}""", resources[0]!["properties"]!.ToJsonString());
        Assert.Equal("""[{"name":"A","value":"1","isFromSpec":true}]""", resources[0]!["environmentVariables"]!.ToJsonString());
    }

    [Theory]
    [InlineData("api", "healthy", "Running")]
    [InlineData("api", "up", "Running")]
    [InlineData("api-bbbbbbbb", "down", "Exited")]
    public async Task Wait_EndsWhenTheLastInstanceIsThere(string name, string status, string state)
    {
        await _feed.PublishAsync(_api, "Starting", "api-aaaaaaaa");
        await _feed.PublishAsync(_api, "Starting", "api-bbbbbbbb");
        var waiting = CallAsync("WaitForResourceAsync", $$"""[{"resourceName":"{{name}}","status":"{{status}}","timeoutSeconds":60}]""");
        await _feed.PublishAsync(_api, state, "api-aaaaaaaa");
        Assert.False(waiting.IsCompleted);
        await _feed.PublishAsync(_api, state, "api-bbbbbbbb");

        var answer = await waiting;

        Assert.Equal((true, state), (answer["success"]!.GetValue<bool>(), answer["state"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Wait_ForAResourceThatFails_EndsWithTheFirstInstance()
    {
        await _feed.PublishAsync(_api, "FailedToStart", "api-aaaaaaaa");

        var answer = await CallAsync("WaitForResourceAsync", """[{"resourceName":"api","status":"up","timeoutSeconds":60}]""");

        Assert.Equal((false, "FailedToStart"), (answer["success"]!.GetValue<bool>(), answer["state"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Wait_ForSomethingUnknownOrTooSlow_SaysSo()
    {
        await _feed.PublishAsync(_box, "Starting");

        Assert.True((await CallAsync("WaitForResourceAsync", """[{"resourceName":"none","status":"up"}]"""))["resourceNotFound"]!.GetValue<bool>());
        Assert.True((await CallAsync("WaitForResourceAsync", """[{"resourceName":"box","status":"up","timeoutSeconds":0}]"""))["timedOut"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Command_OfAResource_RunsOnAllItsInstances()
    {
        var ran = new List<string>();
        _api.Annotations.Add(new ResourceCommandAnnotation(
            "stop", "Stop", _ => ResourceCommandState.Enabled, c => { lock (ran) { ran.Add(c.ResourceName); } return Task.FromResult(CommandResults.Success()); }, null, null, null, null, null, false));
        await _feed.Notifications.PublishUpdateAsync(_api, s => s with { State = "Running" });

        Assert.True((await CallAsync("ExecuteResourceCommandAsync", """[{"resourceName":"api","commandName":"stop"}]"""))["success"]!.GetValue<bool>());
        Assert.True((await CallAsync("ExecuteResourceCommandAsync", """[{"resourceName":"api-aaaaaaaa","commandName":"stop"}]"""))["success"]!.GetValue<bool>());

        Assert.Equal(["api-aaaaaaaa", "api-aaaaaaaa", "api-bbbbbbbb"], ran.Order());
        Assert.False((await CallAsync("ExecuteResourceCommandAsync", """[{"resourceName":"none","commandName":"stop"}]"""))["success"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("""{"count":5,"loud":true}""", "5 True")]
    [InlineData("""[5,"false"]""", "5 False")]
    [InlineData("""{"count":"many"}""", "Command argument validation failed. count: Value must be a valid number.")]
    [InlineData("""[1,true,2]""", "Command 'work' accepts 2 argument(s), but 3 were provided.")]
    [InlineData("""{"other":1}""", "Unknown argument 'other' for command 'work'.")]
    public async Task Command_WithArguments_ReceivesThemByNameOrPosition(string arguments, string message)
    {
        AddWork();
        await _feed.PublishAsync(_box, "Running");

        var answer = await CallAsync("ExecuteResourceCommandAsync", $$"""[{"resourceName":"box","commandName":"work","nonInteractive":true,"arguments":{{arguments}}}]""");
        var described = await CallAsync("GetResourcesAsync", "[{}]");

        Assert.Equal(message, answer["message"]!.GetValue<string>());
        Assert.Equal(message.StartsWith("Command argument", StringComparison.Ordinal) ? 1 : 0, answer["validationErrors"]!.AsArray().Count);
        Assert.Contains("""{"name":"count","label":"count",""", described.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_OfAResource_ComeFromAllItsInstances()
    {
        _feed.Loggers.AddLine("api-aaaaaaaa", "one", isError: false);
        _feed.Loggers.AddLine("api-bbbbbbbb", "two", isError: true);

        Assert.Equal(["one", "two"], await LinesAsync("""["api",false]""", "GetResourceLogsAsync"));
        Assert.Equal(["two"], await LinesAsync("""[{"resourceName":"api","tail":1}]""", "GetConsoleLogsAsync"));
        Assert.Equal(["one"], await LinesAsync("""[{"search":"ON"}]""", "GetConsoleLogsAsync"));
    }

    [Fact]
    public async Task Stop_StopsTheApplication()
    {
        await CallAsync("StopAppHostAsync");

        Assert.True(_lifetime.ApplicationStopping.IsCancellationRequested);
    }

    /// <summary>The pinned command line finds the socket, understands the answers and shows them.</summary>
    [Fact]
    public async Task TheOfficialCommandLineListsDescribesAndWaits()
    {
        var program = Tools.CommandLine();
        Assert.SkipWhen(program is null, "The aspire command line is absent (ASPIRE_CLI_PATH, or .tools of the repository).");
        var home = Directory.CreateTempSubdirectory("bch-cli").FullName;
        try
        {
            var project = Path.Combine(home, "App.csproj");
            await File.WriteAllTextAsync(project, "<Project />", Cancellation);
            _feed.Configuration["AppHost:FilePath"] = project;
            await _feed.Notifications.PublishUpdateAsync(_api, s => s with { State = "Running" });
            var worked = AddWork();
            await _feed.PublishAsync(_box, "Running");
            await using var socket = BackchannelSocket.Listen(AuxiliarySocketFile.PathFor(home, project, Environment.ProcessId), _methods, NullLogger.Instance);

            var running = JsonNode.Parse(await RunAsync(program!, home, "ps", "--format", "Json"))!.AsArray();
            var described = JsonNode.Parse(await RunAsync(program!, home, "describe", "--apphost", project, "--format", "Json"))!["resources"]!.AsArray();
            await RunAsync(program!, home, "wait", "api", "--status", "healthy", "--apphost", project);
            await RunAsync(program!, home, "resource", "box", "work", "--apphost", project, "--", "--count", "5", "--loud", "true");

            Assert.Equal(Environment.ProcessId, Assert.Single(running)!["appHostPid"]!.GetValue<int>());
            Assert.Equal(["5 True"], worked);
            Assert.Equal([("api-aaaaaaaa", "Running"), ("api-bbbbbbbb", "Running"), ("box", "Running")], described.Select(r => (r!["name"]!.GetValue<string>(), r["state"]!.GetValue<string>())));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <returns>What the program printed; it must have ended with 0.</returns>
    private static async Task<string> RunAsync(string program, string home, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, [arguments[0], "--nologo", "--non-interactive", .. arguments[1..]])
        {
            WorkingDirectory = home,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = home;
        start.Environment["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "true";
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(Cancellation);
            var errors = process.StandardError.ReadToEndAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)}: {process.ExitCode}\n{await output}\n{await errors}");
            return await output;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    /// <returns>What each run of the command was given.</returns>
    private List<string> AddWork()
    {
        var runs = new List<string>();
        _box.Annotations.Add(new ResourceCommandAnnotation(
            "work",
            "Work",
            _ => ResourceCommandState.Enabled,
            context =>
            {
                runs.Add($"{context.Arguments.GetInt32("count")} {context.Arguments.GetBoolean("loud")}");
                return Task.FromResult(CommandResults.Success(runs[^1]));
            },
            displayDescription: null,
            arguments: [new() { Name = "count", InputType = InputType.Number, Required = true }, new() { Name = "loud", InputType = InputType.Boolean }],
            confirmationMessage: null,
            iconName: null,
            iconVariant: null,
            isHighlighted: false));
        return runs;
    }

    private async Task<JsonNode> CallAsync(string method, string arguments = "[]") =>
        JsonSerializer.SerializeToNode(await _methods.InvokeAsync(method, JsonDocument.Parse(arguments).RootElement, Cancellation), _methods.Json)!;

    private async Task<List<string>> LinesAsync(string arguments, string method)
    {
        var stream = Assert.IsType<JsonRpcStream>(await _methods.InvokeAsync(method, JsonDocument.Parse(arguments).RootElement, Cancellation));
        var lines = new List<string>();
        await foreach (var line in stream.Open(Cancellation))
        {
            lines.Add(JsonSerializer.SerializeToNode(line, _methods.Json)!["content"]!.GetValue<string>());
        }

        return lines;
    }
}
