using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Tests.Dashboard;

/// <summary>The official dashboard's program against the resource service, without an orchestrator.</summary>
public class RealDashboardTests
{
    /// <summary>Fails loudly instead of hanging when the dashboard never calls.</summary>
    private const int LimitInMilliseconds = 60_000;

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task TheOfficialDashboardConnectsAndWatches()
    {
        var program = Tools.Dashboard();
        Assert.SkipWhen(program is null, "The dashboard's program is absent (ASPIRE_DASHBOARD_PATH, or .tools of the repository).");
        var browser = Tools.Browser();
        Assert.SkipWhen(browser is null, "The dashboard connects with its first browser, and there is no chromium on the PATH.");
        var cancellation = TestContext.Current.CancellationToken;
        using var log = new RecordedLog();
        using var factory = LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        await using var feed = new ApplicationFeed(factory);
        feed.Host.Start();
        await feed.PublishAsync(new TestResource("box"), "Running");
        var pages = $"http://127.0.0.1:{FreePort()}";
        var profile = Directory.CreateTempSubdirectory("dashboard-browser").FullName;
        using var dashboard = Start(program!, pages, await feed.Host.GetUrlAsync(cancellation));
        try
        {
            // It connects with the first browser.
            await WaitForPagesAsync(pages, cancellation);
            using var tab = new Tab(OpenBrowser(browser!, pages + "/login?t=the-token", profile));
            await log.WaitForAsync("gRPC method /aspire.v1.DashboardService/GetApplicationInformation", cancellation);
            await log.WaitForAsync("gRPC method /aspire.v1.DashboardService/WatchResources", cancellation);
            await log.WaitForAsync("gRPC method /aspire.v1.DashboardService/WatchInteractions", cancellation);
            Assert.DoesNotContain(log.Entries, e => e.Contains("|Error|", StringComparison.Ordinal));
        }
        finally
        {
            dashboard.Kill(entireProcessTree: true);
            await dashboard.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(profile, recursive: true);
        }
    }

    private static async Task WaitForPagesAsync(string pages, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        while (true)
        {
            try
            {
                using var page = await http.GetAsync(new Uri(pages + "/health"), cancellationToken);
                Assert.Equal(HttpStatusCode.OK, page.StatusCode);
                return;
            }
            catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }
    }

    private static Process OpenBrowser(string browser, string url, string profile) => Run(new ProcessStartInfo(
        browser,
        ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0", $"--user-data-dir={profile}", url]));

    private static Process Start(string program, string pages, string resourceService)
    {
        var start = new ProcessStartInfo(program, ["dashboard"]) { WorkingDirectory = Path.GetDirectoryName(program) };
        start.Environment["ASPNETCORE_URLS"] = pages;
        start.Environment["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = $"http://127.0.0.1:{FreePort()}";
        start.Environment["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = resourceService;
        start.Environment["DASHBOARD__RESOURCESERVICECLIENT__AUTHMODE"] = "ApiKey";
        start.Environment["DASHBOARD__RESOURCESERVICECLIENT__APIKEY"] = "the-key";
        start.Environment["DASHBOARD__FRONTEND__AUTHMODE"] = "BrowserToken";
        start.Environment["DASHBOARD__FRONTEND__BROWSERTOKEN"] = "the-token";
        start.Environment["DASHBOARD__OTLP__AUTHMODE"] = "Unsecured";
        return Run(start);
    }

    private static Process Run(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
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

    /// <summary>Closes the browser, and with it the dashboard's session.</summary>
    private sealed class Tab(Process browser) : IDisposable
    {
        public void Dispose()
        {
            browser.Kill(entireProcessTree: true);
            browser.WaitForExit();
            browser.Dispose();
        }
    }
}
