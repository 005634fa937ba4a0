using System.Globalization;
using Slipway.TestKit;

namespace Slipway.Benchmarks.Proxies;

/// <summary>An nginx in the foreground with a configuration of its own, away from the machine's.</summary>
internal static class NginxServer
{
    /// <param name="workers">Processes that serve.</param>
    /// <param name="http">What stands in the <c>http</c> block.</param>
    public static async Task<ServerProcess> StartAsync(int workers, string http)
    {
        var folder = ServerProcess.NewFolder("nginx");
        var configuration = string.Create(CultureInfo.InvariantCulture, $$"""
            daemon off;
            worker_processes {{workers}};
            pid {{folder}}/nginx.pid;
            error_log stderr notice;
            events { worker_connections 2048; }
            http {
              access_log off;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              keepalive_requests 100000000;
              {{http}}
            }
            """);
        var file = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(file, configuration);
        return await ServerProcess.StartAsync(folder, "start worker process ", "QUIT", prepare: "", [ServerProcess.Find("nginx", "the package nginx"), "-p", folder, "-c", file]);
    }
}
