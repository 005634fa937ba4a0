using System.Globalization;
using Slipway.Benchmarks.Measure;
using Slipway.TestKit;

namespace Slipway.Benchmarks.Proxies;

/// <summary>The Gateway as it is built for release, with all of its protections.</summary>
/// <param name="name">In the table.</param>
/// <param name="redis">Where its limits are kept.</param>
/// <param name="settings">Further ones, as in the environment.</param>
internal sealed class GatewayProxy(string name, RedisServer redis, params (string Name, string Value)[] settings) : IProxy
{
    private ServerProcess? _server;

    public string Name => name;

    public Uri Address { get; private set; } = null!;

    public int? ProcessId => _server?.Id;

    public async Task StartAsync(Uri backend, CancellationToken cancellationToken)
    {
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ServerProcess.FreePort()}"));
        (string Name, string Value)[] all =
        [
            ("ASPNETCORE_URLS", Address.GetLeftPart(UriPartial.Authority)), ("DOTNET_ENVIRONMENT", "Development"), ("ConnectionStrings__cache", redis.ConnectionString),
            ("services__api__http__0", backend.GetLeftPart(UriPartial.Authority)), ("Logging__Console__FormatterName", "json"), ("Logging__LogLevel__Microsoft.Hosting.Lifetime", "Information"),
            .. GatewaySettings.LimitsNeverReached, .. settings,
        ];
        _server = await ServerProcess.StartAsync(ServerProcess.NewFolder("gateway"), "Application started", "TERM", prepare: "",
            ["env", .. all.Select(setting => $"{setting.Name}={setting.Value}"), "dotnet", Machine.ServiceAssembly("Gateway"), $"--contentRoot={Path.GetDirectoryName(Machine.ServiceAssembly("Gateway"))}"]);
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
