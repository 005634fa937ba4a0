using System.Globalization;
using Slipway.TestKit;

namespace Slipway.Benchmarks.Proxies;

/// <summary>HAProxy with kept connections, a rate for each client that is never refused, and security headers.</summary>
internal sealed class HaProxy : IProxy
{
    private ServerProcess? _server;

    public string Name => "HAProxy";

    public Uri Address { get; private set; } = null!;

    public int? ProcessId => _server?.Id;

    public async Task StartAsync(Uri backend, CancellationToken cancellationToken)
    {
        var port = ServerProcess.FreePort();
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var folder = ServerProcess.NewFolder("haproxy");
        var file = Path.Combine(folder, "haproxy.cfg");
        await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $$"""
            global
              nbthread {{Environment.ProcessorCount}}
              maxconn 2048
            defaults
              mode http
              timeout connect 3s
              timeout client 60s
              timeout server 60s
              timeout http-request 10s
              http-reuse always
              option forwardfor
            frontend public
              bind 127.0.0.1:{{port}}
              stick-table type ip size 100k expire 60s store http_req_rate(60s)
              http-request track-sc0 src
              http-request deny deny_status 429 if { sc_http_req_rate(0) gt 1000000000 }
              http-request set-header X-Forwarded-Proto http
              http-request set-header X-Correlation-ID %[uuid()]
              http-response set-header X-Content-Type-Options nosniff
              http-response set-header X-Frame-Options DENY
              http-response set-header Referrer-Policy no-referrer
              http-response set-header Content-Security-Policy "default-src 'none'; frame-ancestors 'none'"
              default_backend backend
            backend backend
              server one {{backend.Authority}}

            """), cancellationToken);
        _server = await ServerProcess.StartAsync(folder, "Loading success", "KILL", prepare: "", [ServerProcess.Find("haproxy", "the package haproxy"), "-W", "-db", "-f", file]);
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
