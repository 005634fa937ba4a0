using System.Collections.Concurrent;
using Aspire.Hosting.Testing;
using Microsoft.Playwright;

namespace Slipway.AppHost.Tests;

/// <summary>The page of the API in a real browser, through the Gateway and under its Content-Security-Policy.</summary>
public sealed class DocsPageTests(WholeApplication whole)
{
    private const string Chromium = "/usr/bin/chromium";
    private const float PatienceMilliseconds = 30_000;

    [Fact]
    public async Task ThePageShowsTheApiAndSendsARequestWithoutBreakingItsPolicy()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"No browser at {Chromium}; ./test installs Debian's chromium where it may.");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"],
        });
        var page = await browser.NewPageAsync();
        var complaints = new ConcurrentQueue<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                complaints.Enqueue(message.Text);
        };
        page.PageError += (_, error) => complaints.Enqueue(error);

        var docs = new Uri(whole.Application.GetEndpoint("gateway", "http"), "/docs/");
        var answer = await page.GotoAsync(docs.ToString());
        var policy = await answer!.HeaderValueAsync("content-security-policy");
        Assert.Contains("script-src 'self'", policy);
        Assert.DoesNotContain("unsafe", policy);

        await page.GetByRole(AriaRole.Button, new() { Name = "Authorize" }).First.ClickAsync(new() { Timeout = PatienceMilliseconds });
        await page.Locator(".auth-container input").First.FillAsync(DataFolder.ApiKey, new() { Timeout = PatienceMilliseconds });
        await page.GetByRole(AriaRole.Button, new() { Name = "Apply credentials" }).First.ClickAsync(new() { Timeout = PatienceMilliseconds });
        await page.GetByRole(AriaRole.Button, new() { Name = "Close" }).First.ClickAsync(new() { Timeout = PatienceMilliseconds });

        await page.GetByText("/applications", new() { Exact = true }).First.ClickAsync(new() { Timeout = PatienceMilliseconds });
        await page.GetByRole(AriaRole.Button, new() { Name = "Try it out" }).First.ClickAsync(new() { Timeout = PatienceMilliseconds });
        await page.GetByRole(AriaRole.Button, new() { Name = "Execute" }).First.ClickAsync(new() { Timeout = PatienceMilliseconds });
        await Assertions.Expect(page.Locator(".live-responses-table tr.response .response-col_status").First).ToContainTextAsync("20", new() { Timeout = PatienceMilliseconds });
        // The styles are in force too: without them the button is grey.
        Assert.NotEqual("rgb(239, 239, 239)", await page.Locator("button.execute").First.EvaluateAsync<string>("button => getComputedStyle(button).backgroundColor"));
        Assert.True(complaints.IsEmpty, string.Join(Environment.NewLine, complaints));
    }
}
