using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Orchestration;

/// <summary>The official host runs on without a word when a fixed port is taken; here the resource is refused and the console says who has it.</summary>
public class FixedPortTests
{
    [Fact]
    public async Task BusyPort_RefusesTheResourceAndNamesTheProcess()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var builder = RunningApplication.Builder();
        var busy = builder.AddExecutable("busy", "sleep", ".", "600").WithHttpEndpoint(port: port, env: "PORT");
        builder.AddExecutable("refers", "sleep", ".", "600").WithEnvironment("URL", busy.GetEndpoint("http"));
        builder.AddExecutable("fine", "sleep", ".", "600");
        await using var application = RunningApplication.Build(builder);

        await application.StartAsync();

        await application.AssertStatesAsync("busy", null, "Starting", "FailedToStart");
        var owner = OperatingSystem.IsLinux() ? $"process {Environment.ProcessId} " : "another process";
        Assert.Contains(application.Recorded.Console, l => l.Contains($"'http' of resource 'busy' needs port {port}, which is in use by {owner}", StringComparison.Ordinal));
        await application.WaitForStateAsync("refers", KnownResourceStates.FailedToStart);
        await application.WaitForStateAsync("fine", KnownResourceStates.Running);
    }

    [Fact]
    public async Task PortGivenTwice_RefusesTheSecondResource()
    {
        var port = FreePort();
        var builder = RunningApplication.Builder();
        builder.AddExecutable("a", "sleep", ".", "600").WithHttpEndpoint(port: port, env: "PORT");
        builder.AddExecutable("b", "sleep", ".", "600").WithHttpEndpoint(port: port, env: "PORT");
        await using var application = RunningApplication.Build(builder);

        await application.StartAsync();

        await application.WaitForStateAsync("a", KnownResourceStates.Running);
        await application.AssertStatesAsync("b", null, "Starting", "FailedToStart");
        Assert.Contains(application.Recorded.Console, l => l.Contains($"wants port {port}, which endpoint 'http' of resource 'a' has already", StringComparison.Ordinal));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
