using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Slipway.TestKit;

/// <summary>A service of ours as the process that it is in production, with all that it writes.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _standardOutput = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Uri> _internal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;

    private ServiceProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, _standardOutput), ReadAsync(process.StandardError, alone: null));
    }

    /// <summary>Both streams so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>What a program prints for others; whole after its end.</summary>
    public string StandardOutput
    {
        get
        {
            lock (_output)
                return _standardOutput.ToString();
        }
    }

    public static ServiceProcess Start(string assembly, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", assembly, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(assembly)!,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new ServiceProcess(Process.Start(start)!);
    }

    /// <summary>Where it answers; waits until it says so.</summary>
    public Task<Uri> AddressAsync(CancellationToken cancellationToken) => _address.Task.WaitAsync(s_limit, cancellationToken);

    /// <summary>Where its metrics are, if <c>Internal:Port</c> is set.</summary>
    public Task<Uri> InternalAddressAsync(CancellationToken cancellationToken) => _internal.Task.WaitAsync(s_limit, cancellationToken);

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(s_limit, cancellationToken);
        await _reading;
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(cancellationToken);
        return await EndAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader, StringBuilder? alone)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_output)
            {
                _output.Append(line).Append('\n');
                alone?.Append(line).Append('\n');
            }

            Find(line, "Now listening on: ", _address);
            Find(line, "Metrics and controls at ", _internal);
        }

        _address.TrySetException(new InvalidOperationException($"It ended: {Output}"));
        _internal.TrySetException(new InvalidOperationException($"It ended: {Output}"));
    }

    private static void Find(string line, string announced, TaskCompletionSource<Uri> found)
    {
        var at = line.IndexOf(announced, StringComparison.Ordinal);
        if (at >= 0)
            found.TrySetResult(new Uri(new string([.. line[(at + announced.Length)..].TakeWhile(static character => character is not ('"' or ' '))])));
    }
}
