using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Parameters;
using Aspire.Hosting.Tests.Orchestration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Aspire.Hosting.Tests.Dashboard;

/// <summary>What a person does in the official dashboard, in a real browser, for an application on the real orchestrator.</summary>
public sealed class DashboardPromptTests : IAsyncLifetime
{
    private const float PatienceMilliseconds = 30_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dashboard-prompt");
    private readonly TaskCompletionSource<string> _greeting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private string SecretsFile => Path.Combine(_folder.FullName, "secrets.json");

    public async ValueTask InitializeAsync()
    {
        if (Tools.Browser() is { } chromium)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = chromium,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task MissingParameterIsEnteredInTheDashboardAndTheWaitingResourceStarts()
    {
        await using var application = Launch("token");
        var page = await LogInAsync(application);

        await Expect(page.GetByText("Unresolved parameters")).ToBeVisibleAsync(Patience());
        await page.GetByText("Enter values").ClickAsync();
        var dialog = page.Locator("fluent-dialog").Filter(new() { HasText = "Set unresolved parameters" });
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "token" }).FillAsync("entered by hand");
        await dialog.GetByRole(AriaRole.Checkbox).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();

        await application.WaitForStateAsync("user", KnownResourceStates.Running);
        await application.WaitForLogAsync("user", l => l.Content.EndsWith("token=entered by hand", StringComparison.Ordinal));
        await Expect(page.GetByText("Unresolved parameters")).ToHaveCountAsync(0, new() { Timeout = PatienceMilliseconds });
        using var secrets = JsonDocument.Parse(await File.ReadAllTextAsync(SecretsFile, application.Token));
        Assert.Equal("entered by hand", secrets.RootElement.GetProperty("Parameters:token").GetString());
    }

    [Fact]
    public async Task CommandAsksForItsArgumentsInTheDashboardAndReceivesThem()
    {
        await using var application = Launch(parameter: null);
        await application.WaitForStateAsync("user", KnownResourceStates.Running);
        var page = await LogInAsync(application);

        await page.GetByRole(AriaRole.Row).Filter(new() { HasText = "user" }).First
            .GetByRole(AriaRole.Button, new() { Name = "Greet" }).ClickAsync(new() { Timeout = PatienceMilliseconds });
        var dialog = page.Locator("fluent-dialog");
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Your name" }).FillAsync("Ada");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Greet", Exact = true }).ClickAsync();

        Assert.Equal("Ada", await _greeting.Task.WaitAsync(application.Token));
    }

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    private static LocatorAssertionsToBeVisibleOptions Patience() => new() { Timeout = PatienceMilliseconds };

    /// <param name="parameter">Has no value; null: none is needed.</param>
    private RunningApplication Launch(string? parameter)
    {
        Assert.SkipWhen(_browser is null, "There is no chromium on the PATH.");
        Assert.SkipWhen(Tools.Dashboard() is null, "The dashboard's program is absent (ASPIRE_DASHBOARD_PATH, or .tools of the repository).");
        var builder = RunningApplication.Builder(waits: WaitBehavior.WaitOnResourceUnavailable, dashboard: Tools.Dashboard());
        builder.Services.AddSingleton(new UserSecretsStore(SecretsFile));
        var user = builder.AddExecutable("user", "/bin/sh", ".", "-c", "echo token=$TOKEN; exec sleep 600")
            .WithCommand("greet", "Greet", Greet, new CommandOptions
            {
                IsHighlighted = true,
                IconName = "Person",
                Arguments = [new InteractionInput { Name = "name", Label = "Your name", InputType = InputType.Text, Required = true }],
            });
        if (parameter is not null)
        {
            user.WithEnvironment("TOKEN", builder.AddParameter(parameter, secret: true));
        }

        return RunningApplication.Launch(builder);
    }

    private Task<ExecuteCommandResult> Greet(ExecuteCommandContext context)
    {
        _greeting.TrySetResult(context.Arguments.GetString("name")!);
        return Task.FromResult(CommandResults.Success());
    }

    private async Task<IPage> LogInAsync(RunningApplication application)
    {
        var page = await _browser!.NewPageAsync(new() { ViewportSize = new() { Width = 1440, Height = 800 } });
        var address = await application.Services.GetRequiredService<DashboardReadiness>().GetAddressAsync(application.Token);
        await page.GotoAsync(address.LoginUrl);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Resources" })).ToBeVisibleAsync(Patience());
        return page;
    }
}
