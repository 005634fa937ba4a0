using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Aspire.Clients.Tests;

/// <summary>What both kinds of server need: a free port, a folder of their own, a process that is stopped by its id, and a bounded wait.</summary>
internal static class LocalServer
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    /// <summary>Null when the program isn't installed.</summary>
    public static string? Find(string name, params string[] folders) =>
        folders.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public static Process Start(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    public static async Task RunAsync(string program, params IEnumerable<string> arguments)
    {
        using var process = Start(program, arguments);
        await process.WaitForExitAsync().WaitAsync(s_deadline, TimeProvider.System);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }

    /// <summary>Waits until <paramref name="isReady"/> says so or throws no more; gives up when the process has ended or the time is up.</summary>
    public static async Task WaitUntilAsync(Process? process, Func<Task<bool>> isReady)
    {
        using var deadline = new CancellationTokenSource(s_deadline);
        while (true)
        {
            try
            {
                if (await isReady())
                    return;
            }
            catch (Exception) when (!deadline.IsCancellationRequested && process is not { HasExited: true })
            {
                // Not up yet.
            }

            if (process is { HasExited: true })
                throw new InvalidOperationException($"The server ended with {process.ExitCode}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
        }
    }

    public static async Task EndAsync(Process process)
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync().WaitAsync(s_deadline, TimeProvider.System);
        process.Dispose();
    }
}
