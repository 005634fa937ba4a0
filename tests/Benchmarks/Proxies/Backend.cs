using System.Globalization;
using Slipway.TestKit;

namespace Slipway.Benchmarks.Proxies;

/// <summary>What stands behind each proxy: answers every path at once with a small JSON document, and takes telemetry without a word.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private ServerProcess? _server;

    public Uri Address { get; private set; } = null!;

    public static async Task<Backend> StartAsync()
    {
        var port = ServerProcess.FreePort();
        var document = $$"""{"id":"0198c3a2-5d7e-7a41-9b53-2f6f0c1d8e77","name":"shop","description":"{{new string('x', 120)}}"}""";
        return new Backend
        {
            Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")),
            _server = await NginxServer.StartAsync(workers: 1, string.Create(CultureInfo.InvariantCulture, $$"""
                server {
                  listen 127.0.0.1:{{port}};
                  location / { default_type application/json; return 200 '{{document}}'; }
                }
                """)),
        };
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
