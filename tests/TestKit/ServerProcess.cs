using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.TestKit;

/// <summary>A server started for tests, which ends with the test process however that ends.</summary>
/// <remarks>
/// A small shell stands between: it holds a pipe from the test process, and at the pipe's end (stopped, crashed, or killed with -9) it ends
/// the server by its id and removes its folder. Root is given up for <c>postgres</c> where the server refuses root.
/// </remarks>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>The signal is repeated: one that comes before the server has its handlers is lost.</summary>
    private const string Guard = """
        folder=$1; end=$2; prepare=$3; shift 3
        if ! /bin/sh -c "$prepare" 2>&1; then rm -rf "$folder"; exit 1; fi
        "$@" 2>&1 &
        server=$!
        echo "server-id $server"
        cat >/dev/null
        kill -CONT "$server" 2>/dev/null
        (while kill "-$end" "$server" 2>/dev/null; do sleep 0.1; done) &
        wait "$server" 2>/dev/null
        rm -rf "$folder"
        """;

    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);

    private readonly Process _guard;
    private readonly Task _reading;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _output = new();
    private readonly string _readyLine;
    private int _serverId;

    private ServerProcess(Process guard, string readyLine)
    {
        _guard = guard;
        _readyLine = readyLine;
        _reading = ReadAsync();
    }

    /// <summary>Starts the command and waits until it prints <paramref name="readyLine"/>.</summary>
    /// <param name="folder">Removed at the end.</param>
    /// <param name="readyLine">A part of the line.</param>
    /// <param name="endSignal">What ends it at once: KILL, or QUIT for a server that must clear up shared memory.</param>
    /// <param name="prepare">Run by the shell first, under the same guard; empty for nothing.</param>
    /// <param name="command">Program and arguments.</param>
    /// <exception cref="InvalidOperationException">It ended or stayed silent; the message has its output.</exception>
    public static async Task<ServerProcess> StartAsync(
        string folder, string readyLine, string endSignal, string prepare, IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var argument in (string[])["-c", Guard, "guard", folder, endSignal, prepare, .. command])
        {
            start.ArgumentList.Add(argument);
        }

        var server = new ServerProcess(Process.Start(start)!, readyLine);
        try
        {
            await server._ready.Task.WaitAsync(s_startLimit, TimeProvider.System);
            return server;
        }
        catch (Exception problem)
        {
            await server.DisposeAsync();
            throw new InvalidOperationException($"{command[0]} did not become ready: {problem.Message}\n{server.Output}", problem);
        }
    }

    /// <summary>Process id of the server itself.</summary>
    public int Id => _serverId;

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Stops the server's execution without ending it: connections stay open and nothing answers.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>Lets a paused server go on.</summary>
    public void Resume() => Signal("CONT");

    /// <summary>As <see cref="Pause"/>, with the processes that it has started.</summary>
    public void PauseAll()
    {
        // The parent first, so that it starts no other meanwhile.
        Pause();
        foreach (var child in Children())
        {
            Signal("STOP", child);
        }
    }

    public void ResumeAll()
    {
        foreach (var child in Children())
        {
            Signal("CONT", child);
        }

        Resume();
    }

    /// <summary>Sends the signal that ends it and waits until it is gone; its folder stays until the disposal.</summary>
    public async Task EndAsync(string signal)
    {
        Signal(signal);
        while (File.Exists($"/proc/{_serverId.ToString(CultureInfo.InvariantCulture)}/stat"))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Ends the server at once and waits until it and its folder are gone.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _guard.StandardInput.Close();
        }
        catch (IOException)
        {
            // The guard has ended already.
        }

        await _guard.WaitForExitAsync();
        await _reading;
        _guard.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A fresh folder that every local user may enter; short, since socket paths are limited to 107 bytes.</summary>
    public static string NewFolder(string purpose)
    {
        var folder = Directory.CreateTempSubdirectory($"slipway-{purpose}-").FullName;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        }

        return folder;
    }

    /// <summary>The newest PostgreSQL of /usr/lib/postgresql/*/bin, else the search path.</summary>
    /// <exception cref="FileNotFoundException">It is nowhere; the message says what to install.</exception>
    public static string Find(string program, string package)
    {
        var versioned = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql")
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var major) ? major : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return versioned.Concat(path).Append("/usr/sbin").Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{program} is neither in /usr/lib/postgresql/*/bin nor on PATH; install {package}.");
    }

    private void Signal(string name) => Signal(name, _serverId);

    private static void Signal(string name, int id)
    {
        using var kill = Process.Start("/bin/sh", ["-c", "kill -$0 $1", name, id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        if (kill.ExitCode != 0)
        {
            throw new InvalidOperationException($"The process {id} could not be sent {name}.");
        }
    }

    private List<int> Children()
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                // 4711 (name) S parent …; the name may have blanks and parentheses.
                if (int.TryParse(Path.GetFileName(folder), out var id)
                    && File.ReadAllText($"{folder}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] == _serverId.ToString(CultureInfo.InvariantCulture))
                {
                    children.Add(id);
                }
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        return children;
    }

    private async Task ReadAsync()
    {
        while (await _guard.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_output)
            {
                _output.AppendLine(line);
            }

            if (line.StartsWith("server-id ", StringComparison.Ordinal))
            {
                _serverId = int.Parse(line["server-id ".Length..], CultureInfo.InvariantCulture);
                _ = WatchAsync();
            }
            else if (line.Contains(_readyLine, StringComparison.Ordinal))
            {
                _ready.TrySetResult();
            }
        }

        _ready.TrySetException(new InvalidOperationException("it ended"));
    }

    /// <summary>The guard outlives its server, so the server's own end is what tells of a failed start.</summary>
    private async Task WatchAsync()
    {
        try
        {
            using var server = Process.GetProcessById(_serverId);
            await server.WaitForExitAsync();
        }
        catch (ArgumentException)
        {
            // It ended before it could be looked at.
        }

        _ready.TrySetException(new InvalidOperationException("it ended"));
    }
}
