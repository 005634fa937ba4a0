using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Interactions;
using Aspire.Hosting.Parameters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.Tests.Dashboard;

/// <summary>The sources of the resource service without an orchestrator, and the service on a free port.</summary>
internal sealed class ApplicationFeed : IAsyncDisposable
{
    private readonly FakeLifetime _lifetime = new();
    private bool _listens;

    public ApplicationFeed(ILoggerFactory? loggerFactory = null, params (string Key, string? Value)[] settings)
    {
        Configuration = new ConfigurationManager();
        Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AppHost:DashboardApplicationName"] = "Feed",
            ["AppHost:OtlpApiKey"] = "otlp-key",
            ["AppHost:DashboardApiKey"] = "api-key",
            ["DcpPublisher:DashboardPath"] = "/opt/managed/aspire-managed",
            ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
            ["ASPIRE_DASHBOARD_RESOURCESERVICE_APIKEY"] = "the-key",
            ["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"] = "the-token",
        });
        foreach (var (key, value) in settings)
        {
            Configuration[key] = value;
        }

        var services = new ServiceCollection().AddSingleton<IInteractionService>(_ => Interactions!).BuildServiceProvider();
        Interactions = new InteractionService(
            new DistributedApplicationOptions(),
            new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run),
            Configuration,
            services,
            _lifetime,
            NullLogger<InteractionService>.Instance);
        Notifications = new ResourceNotificationService(_lifetime, services);
        Loggers = new ResourceLoggerService();
        Commands = new ResourceCommandService(Notifications, Loggers, services);
        Settings = new DashboardSettings(Configuration, new DistributedApplicationOptions(), new UserSecretsStore(path: null));
        Service = new ResourceService(Notifications, Loggers, Commands, Interactions, Configuration, TimeProvider.System);
        Host = new ResourceServiceHost(Settings, Service, TimeProvider.System, loggerFactory ?? NullLoggerFactory.Instance);
        Dashboard = new DashboardResource(Settings, Configuration, Host);
    }

    public ConfigurationManager Configuration { get; }

    public ResourceNotificationService Notifications { get; }

    public ResourceLoggerService Loggers { get; }

    public ResourceCommandService Commands { get; }

    public InteractionService Interactions { get; }

    public DashboardSettings Settings { get; }

    public ResourceService Service { get; }

    public ResourceServiceHost Host { get; }

    public DashboardResource Dashboard { get; }

    public async Task<GrpcClient> ConnectAsync(CancellationToken cancellationToken, string? key = "the-key")
    {
        if (!_listens)
        {
            _listens = true;
            Host.Start();
        }

        return new GrpcClient(await Host.GetUrlAsync(cancellationToken), key);
    }

    /// <summary>Publishes a resource of one instance.</summary>
    public Task PublishAsync(IResource resource, string? state, string? instance = null) =>
        Notifications.PublishUpdateAsync(resource, instance ?? resource.Name, s => s with { State = state });

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _lifetime.StopApplication();
        Notifications.Dispose();
        Configuration.Dispose();
        _lifetime.Dispose();
    }

    internal sealed class FakeLifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}

internal sealed class TestResource(string name) : Resource(name);
