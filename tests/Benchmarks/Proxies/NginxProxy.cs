using System.Globalization;
using Slipway.TestKit;

namespace Slipway.Benchmarks.Proxies;

/// <summary>nginx as a reverse proxy with kept connections, a rate limit for each client that is never reached, and security headers.</summary>
internal sealed class NginxProxy : IProxy
{
    private ServerProcess? _server;

    public string Name => "nginx";

    public Uri Address { get; private set; } = null!;

    public int? ProcessId => _server?.Id;

    public async Task StartAsync(Uri backend, CancellationToken cancellationToken)
    {
        var port = ServerProcess.FreePort();
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        _server = await NginxServer.StartAsync(Environment.ProcessorCount, string.Create(CultureInfo.InvariantCulture, $$"""
            limit_req_zone $binary_remote_addr zone=clients:10m rate=1000000r/s;
            upstream backend { server {{backend.Authority}}; keepalive 64; keepalive_requests 100000000; }
            server {
              listen 127.0.0.1:{{port}};
              server_tokens off;
              client_max_body_size 1m;
              location / {
                limit_req zone=clients burst=100000 nodelay;
                add_header X-Content-Type-Options nosniff always;
                add_header X-Frame-Options DENY always;
                add_header Referrer-Policy no-referrer always;
                add_header Content-Security-Policy "default-src 'none'; frame-ancestors 'none'" always;
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_set_header Host $host;
                proxy_set_header X-Forwarded-For $remote_addr;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header X-Forwarded-Host $host;
                proxy_set_header X-Correlation-ID $request_id;
                proxy_pass http://backend;
              }
            }
            """));
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
