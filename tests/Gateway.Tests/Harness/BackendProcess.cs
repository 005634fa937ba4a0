using System.Diagnostics;
using Slipway.Gateway.Tests.Backend;

namespace Slipway.Gateway.Tests.Harness;

/// <summary>A backend in a process of its own, for tests that kill it.</summary>
internal sealed class BackendProcess : IAsyncDisposable
{
    private readonly Process _process;

    private BackendProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    public static async Task<BackendProcess> Start(string name)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { "exec", typeof(BackendApp).Assembly.Location, $"--name={name}" },
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("The backend did not start.");
        var address = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException("The backend ended before it said its address.");
        return new BackendProcess(process, new Uri(address));
    }

    /// <summary>SIGSTOP: connections stay open, new ones are accepted by the kernel, and nothing answers.</summary>
    public Task Pause() => Signal("STOP");

    public Task Resume() => Signal("CONT");

    /// <summary>SIGKILL; returns when the kernel has closed everything that the process held.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private async Task Signal(string name)
    {
        using var kill = Process.Start("/bin/sh", ["-c", "kill -$0 $1", name, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(CancellationToken.None);
        Assert.Equal(0, kill.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }
}
