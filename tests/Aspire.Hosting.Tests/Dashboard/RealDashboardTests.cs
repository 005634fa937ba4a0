using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Tests.Dashboard;

/// <summary>The official dashboard's program against the resource service, without an orchestrator.</summary>
public class RealDashboardTests
{
    [Fact]
    public async Task TheOfficialDashboardConnectsAndWatches()
    {
        var program = Tools.Dashboard();
        Assert.SkipWhen(program is null, "The dashboard's program is absent (ASPIRE_DASHBOARD_PATH, or .tools of the repository).");
        var cancellation = TestContext.Current.CancellationToken;
        using var log = new RecordedLog();
        using var factory = LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        await using var feed = new ApplicationFeed(factory);
        feed.Host.Start();
        await feed.PublishAsync(new TestResource("box"), "Running");
        var pages = $"http://127.0.0.1:{FreePort()}";
        using var dashboard = Start(program!, pages, await feed.Host.GetUrlAsync(cancellation));
        try
        {
            await log.WaitForAsync("gRPC method /aspire.v1.DashboardService/GetApplicationInformation", cancellation);
            await log.WaitForAsync("gRPC method /aspire.v1.DashboardService/WatchResources", cancellation);
            await log.WaitForAsync("gRPC method /aspire.v1.DashboardService/WatchInteractions", cancellation);

            Assert.DoesNotContain(log.Entries, e => e.Contains("|Error|", StringComparison.Ordinal));
            using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
            using var login = await http.GetAsync(new Uri(pages + "/login?t=the-token"), cancellation);
            Assert.Equal((HttpStatusCode.Redirect, "/"), (login.StatusCode, login.Headers.Location?.OriginalString));
        }
        finally
        {
            dashboard.Kill(entireProcessTree: true);
            await dashboard.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static Process Start(string program, string pages, string resourceService)
    {
        var start = new ProcessStartInfo(program, ["dashboard"]) { WorkingDirectory = Path.GetDirectoryName(program), RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_URLS"] = pages;
        start.Environment["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = $"http://127.0.0.1:{FreePort()}";
        start.Environment["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = resourceService;
        start.Environment["DASHBOARD__RESOURCESERVICECLIENT__AUTHMODE"] = "ApiKey";
        start.Environment["DASHBOARD__RESOURCESERVICECLIENT__APIKEY"] = "the-key";
        start.Environment["DASHBOARD__FRONTEND__AUTHMODE"] = "BrowserToken";
        start.Environment["DASHBOARD__FRONTEND__BROWSERTOKEN"] = "the-token";
        start.Environment["DASHBOARD__OTLP__AUTHMODE"] = "Unsecured";
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
