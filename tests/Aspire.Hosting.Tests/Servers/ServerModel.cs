using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Tests.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Tests.Servers;

/// <summary>A model whose servers run already; the test raises the events that the orchestrator would raise.</summary>
internal sealed class ServerModel : IAsyncDisposable
{
    private DistributedApplication? _application;

    public IDistributedApplicationBuilder Builder { get; } = TestModel.Run(dashboard: false);

    public IServiceProvider Services => (_application ??= Builder.Build()).Services;

    public IResourceBuilder<ParameterResource> Secret(string name, string value) => Builder.AddParameter(name, value, secret: true);

    /// <summary>Gives the server's endpoint the address of the real one.</summary>
    public static void Allocate(IResourceWithEndpoints server, int port)
    {
        var endpoint = server.Annotations.OfType<EndpointAnnotation>().Single();
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "127.0.0.1", port);
    }

    public async Task AnnounceAsync(params IResource[] resources)
    {
        foreach (var resource in resources)
        {
            await Builder.Eventing.PublishAsync(new ConnectionStringAvailableEvent(resource, Services), TestContext.Current.CancellationToken);
        }
    }

    public Task ReadyAsync(IResource resource) =>
        Builder.Eventing.PublishAsync(new ResourceReadyEvent(resource, Services), TestContext.Current.CancellationToken);

    public async Task<HealthReportEntry> CheckAsync(string key)
    {
        var report = await Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(c => c.Name == key, TestContext.Current.CancellationToken);
        return report.Entries[key];
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }
}
