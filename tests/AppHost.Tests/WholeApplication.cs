using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Slipway.AppHost.Tests;

[assembly: AssemblyFixture(typeof(WholeApplication))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Slipway.AppHost.Tests;

/// <summary>The AppHost as it is, with the dashboard, started once for the tests that look at a running application.</summary>
public sealed class WholeApplication : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private readonly DataFolder _data = new();
    private IDistributedApplicationTestingBuilder? _builder;
    private DistributedApplication? _application;

    public DistributedApplication Application => _application!;

    /// <summary>With the token that logs a browser in.</summary>
    public string DashboardLoginUrl { get; private set; } = string.Empty;

    public string DashboardApiKey { get; private set; } = string.Empty;

    public ResourceNotificationService Notifications => Application.ResourceNotifications;

    public async ValueTask InitializeAsync()
    {
        const string token = "whole-application-test";
        using var limit = new CancellationTokenSource(s_limit);
        _builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            _data.AppHostArguments,
            (options, _) =>
            {
                options.DisableDashboard = false;
                options.EnableResourceLogging = false;
            },
            limit.Token);
        _builder.Configuration["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"] = token;
        _builder.Configuration["AppHost:DashboardApiKey"] = DashboardApiKey = Guid.CreateVersion7().ToString("N");
        _application = await _builder.BuildAsync(limit.Token);
        await _application.StartAsync(limit.Token);
        foreach (var resource in new[] { "postgres", "opsdb", "cache", "api", "gateway" })
        {
            await Notifications.WaitForResourceHealthyAsync(resource, limit.Token);
        }

        await Notifications.WaitForResourceHealthyAsync("aspire-dashboard", limit.Token);
        DashboardLoginUrl = new Uri(_application.GetEndpoint("aspire-dashboard", "http"), $"/login?t={token}").ToString();
    }

    /// <summary>Waits until that many instances of a resource run.</summary>
    public async Task<IReadOnlyList<ResourceEvent>> RunningInstancesAsync(string resource, int count)
    {
        var found = new Dictionary<string, ResourceEvent>();
        await foreach (var change in Notifications.WatchAsync(TestContext.Current.CancellationToken))
        {
            if (change.Resource.Name == resource && change.Snapshot.State?.Text == KnownResourceStates.Running)
            {
                found[change.ResourceId] = change;
            }

            if (found.Count == count)
            {
                break;
            }
        }

        return [.. found.Values];
    }

    /// <summary>Kills the process of an instance, as <c>kill -9</c> does, and waits until it is gone.</summary>
    public static async Task KillAsync(ResourceEvent instance)
    {
        var id = Convert.ToInt32(instance.Snapshot.Properties.First(p => p.Name == "executable.pid").Value, CultureInfo.InvariantCulture);
        using var process = Process.GetProcessById(id);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_builder is not null)
        {
            await _builder.DisposeAsync();
        }

        _data.Dispose();
    }
}
