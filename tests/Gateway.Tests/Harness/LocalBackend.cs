using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Gateway.Tests.Backend;

namespace Slipway.Gateway.Tests.Harness;

/// <summary>A backend in this process, on a free port.</summary>
internal sealed class LocalBackend : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LocalBackend(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public BackendState State => _app.Services.GetRequiredService<BackendState>();

    public static async Task<LocalBackend> Start(string name = "a", string protocol = "Http1")
    {
        var app = BackendApp.Build([$"--name={name}", $"--protocol={protocol}"]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new LocalBackend(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
