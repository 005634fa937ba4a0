using System.ComponentModel;
using System.Diagnostics;

namespace Slipway.AppHost.LocalServers;

/// <summary>Runs a short program to its end.</summary>
internal static class Command
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>Root is needed to step down to another user; without it the process already is that user.</summary>
    public static string StepDown(string program, string user, out List<string> leadingArguments)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            leadingArguments = [];
            return program;
        }

        // setpriv replaces itself by the server, so that signals reach the server and nobody else waits for it.
        leadingArguments = [$"--reuid={user}", $"--regid={user}", "--init-groups", "--", program];
        return "setpriv";
    }

    /// <param name="input">Written to the program's standard input; null: nothing.</param>
    /// <exception cref="DistributedApplicationException">It is missing, failed or took over a minute; the message has its last words.</exception>
    public static async Task<string> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string resource,
        CancellationToken cancellationToken,
        string? input = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_limit);
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = "/",
            },
        };
        try
        {
            process.Start();
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await WriteAsync(process, input, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0
                ? await output + await error
                : throw new DistributedApplicationException(
                    $"'{resource}' could not be prepared: '{program}' ended with exit code {process.ExitCode}. {LastWords(await error, await output)}");
        }
        catch (Win32Exception exception)
        {
            throw new DistributedApplicationException($"'{resource}' could not be prepared: '{program}' cannot be started. {exception.Message}", exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new DistributedApplicationException($"'{resource}' could not be prepared: '{program}' did not end within {s_limit.TotalSeconds} s.");
        }
    }

    /// <summary>A program that failed early no longer reads; its exit code and its words say more than the broken pipe.</summary>
    private static async Task WriteAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Seen at its exit code.
        }
    }

    /// <summary>Progress reports go to standard output: they count only where nothing was said about the error.</summary>
    private static string LastWords(string error, string output) => error.Trim() is { Length: > 0 } said ? said : output.Trim();
}
