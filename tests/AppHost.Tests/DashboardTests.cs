using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Playwright;

namespace Slipway.AppHost.Tests;

/// <summary>The dashboard in a real browser: what a person sees, and what the buttons do.</summary>
public sealed partial class DashboardTests(WholeApplication whole) : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";
    private const float PatienceMilliseconds = 30_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Chromium))
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync",
            ],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    [Fact]
    public async Task ResourcesPageShowsEveryResourceWithItsState()
    {
        var page = await LogInAsync();
        foreach (var (resource, state) in new[] { ("postgres", "Running"), ("opsdb", "Running"), ("cache", "Running"), ("migrations", "Finished"), ("gateway", "Running") })
        {
            await Assertions.Expect(Row(page, resource)).ToContainTextAsync(state, new() { Timeout = PatienceMilliseconds });
        }

        await Assertions.Expect(page.GetByText(ApiInstance())).ToHaveCountAsync(2, new() { Timeout = PatienceMilliseconds });
        await SavePictureAsync(page, "dashboard-resources.png");
    }

    [Fact]
    public async Task ConsolePageShowsTheLogOfAReplica()
    {
        var page = await LogInAsync();
        var instance = (await InstanceAsync("api")).ResourceId;
        await page.GotoAsync(new Uri(new Uri(page.Url), $"/consolelogs/resource/{instance}").ToString());
        await Assertions.Expect(page.GetByText(LogText()).First).ToBeVisibleAsync(new() { Timeout = PatienceMilliseconds });
    }

    [Fact]
    public async Task TracesPageShowsARequestFromTheGatewayToTheApi()
    {
        var page = await LogInAsync();
        using var gateway = new HttpClient { BaseAddress = whole.Application.GetEndpoint("gateway", "http") };
        using var answer = await gateway.GetAsync("/applications", Cancellation);
        await page.GotoAsync(new Uri(new Uri(page.Url), "/traces").ToString());
        await Assertions.Expect(page.GetByText("gateway: GET").First).ToBeVisibleAsync(new() { Timeout = PatienceMilliseconds });
        await SavePictureAsync(page, "dashboard-traces.png");
    }

    [Fact]
    public async Task MetricsPageShowsTheMetersOfTheApi()
    {
        var page = await LogInAsync();
        await page.GotoAsync(new Uri(new Uri(page.Url), "/metrics/resource/api").ToString());
        await Assertions.Expect(page.GetByText("Microsoft.AspNetCore.Hosting").First).ToBeVisibleAsync(new() { Timeout = PatienceMilliseconds });
    }

    [Fact]
    public async Task StopAndStartButtonsStopAndStartTheCache()
    {
        var page = await LogInAsync();
        await Row(page, "cache").GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync(new() { Timeout = PatienceMilliseconds });
        await whole.Notifications.WaitForResourceAsync("cache", [KnownResourceStates.Finished, KnownResourceStates.Exited], Cancellation);
        await Assertions.Expect(Row(page, "cache")).Not.ToContainTextAsync("Running", new() { Timeout = PatienceMilliseconds });

        // The product's own promise: without its cache it still answers.
        using var gateway = new HttpClient { BaseAddress = whole.Application.GetEndpoint("gateway", "http") };
        using var answer = await gateway.GetAsync("/applications", Cancellation);
        Assert.True(answer.IsSuccessStatusCode);

        await Row(page, "cache").GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync(new() { Timeout = PatienceMilliseconds });
        await whole.Notifications.WaitForResourceHealthyAsync("cache", Cancellation);
        await Assertions.Expect(Row(page, "cache")).ToContainTextAsync("Running", new() { Timeout = PatienceMilliseconds });
    }

    [Fact]
    public async Task AKilledReplicaIsStartedAgainByAClick()
    {
        var page = await LogInAsync();
        var victim = (await whole.RunningInstancesAsync("api", count: 2))[0];
        await WholeApplication.KillAsync(victim);

        var row = Row(page, victim.ResourceId);
        await Assertions.Expect(row).Not.ToContainTextAsync("Running", new() { Timeout = PatienceMilliseconds });
        await row.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync(new() { Timeout = PatienceMilliseconds });
        await whole.Notifications.WaitForResourceAsync(
            "api",
            e => e.ResourceId == victim.ResourceId && e.Snapshot.StartTimeStamp > victim.Snapshot.StartTimeStamp && e.Snapshot.HealthStatus == HealthStatus.Healthy,
            Cancellation);
        await Assertions.Expect(row).ToContainTextAsync("Running", new() { Timeout = PatienceMilliseconds });
    }

    [Fact]
    public async Task RestartInTheMenuRestartsTheGateway()
    {
        var page = await LogInAsync();
        var before = (await InstanceAsync("gateway")).Snapshot.StartTimeStamp;
        await Row(page, "gateway").GetByRole(AriaRole.Button, new() { Name = "Actions" }).ClickAsync(new() { Timeout = PatienceMilliseconds });
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Restart" }).ClickAsync(new() { Timeout = PatienceMilliseconds });
        await whole.Notifications.WaitForResourceAsync(
            "gateway",
            e => e.Snapshot.StartTimeStamp > before && e.Snapshot.HealthStatus == HealthStatus.Healthy,
            Cancellation);
    }

    [GeneratedRegex("^api-[a-z]{8}$")]
    private static partial Regex ApiInstance();

    [GeneratedRegex("Now listening on")]
    private static partial Regex LogText();

    private static ILocator Row(IPage page, string resource) =>
        page.GetByRole(AriaRole.Row).Filter(new() { Has = page.GetByText(resource, new() { Exact = true }) }).First;

    /// <summary>Pictures in docs/ are renewed on request only, so that a test run leaves the repository as it was.</summary>
    private static async Task SavePictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("SLIPWAY_UPDATE_PICTURES") is { Length: > 0 })
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(AppHostProcess.RepositoryRoot, "docs", "images", name) });
        }
    }

    private async Task<IPage> LogInAsync()
    {
        Assert.SkipWhen(_browser is null, $"No browser at {Chromium}; ./test installs Debian's chromium where it may.");
        var page = await _browser!.NewPageAsync(new() { ViewportSize = new() { Width = 1440, Height = 800 } });
        await page.GotoAsync(whole.DashboardLoginUrl);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Resources" })).ToBeVisibleAsync(new() { Timeout = PatienceMilliseconds });
        return page;
    }

    private async Task<ResourceEvent> InstanceAsync(string resource) =>
        await whole.Notifications.WaitForResourceAsync(resource, e => e.Snapshot.HealthStatus == HealthStatus.Healthy, Cancellation);
}
