using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace Slipway.AppHost.LocalServers;

/// <summary>The container engine that the orchestrator would use.</summary>
internal sealed class ContainerEngine(string program)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    /// <returns>Null when no engine answers.</returns>
    public static ContainerEngine? Find(IConfiguration configuration)
    {
        var program = configuration["DcpPublisher:ContainerRuntime"] ?? configuration["CONTAINER_RUNTIME"] ?? "docker";
        if (program == "docker" && configuration["DOCKER_HOST"] is null && !File.Exists("/var/run/docker.sock"))
        {
            return null;
        }

        return Succeeds(program, ["version"]) ? new ContainerEngine(program) : null;
    }

    public bool HasImages(IEnumerable<string> images) => Succeeds(program, ["image", "inspect", .. images]);

    private static bool Succeeds(string program, IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
            if (process is null)
            {
                return false;
            }

            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (process.WaitForExit(s_limit))
            {
                return process.ExitCode == 0;
            }

            process.Kill();
            return false;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
