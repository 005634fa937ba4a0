using System.Diagnostics;
using System.Text;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>How a program ended.</summary>
/// <param name="Output">Both streams, in the order in which lines came.</param>
internal sealed record ToolResult(int ExitCode, string Output);

/// <summary>Runs a program to its end.</summary>
internal static class ToolProcess
{
    /// <summary>Variables of the build that runs these tests; they would change a build or an AppHost started by them.</summary>
    private static readonly string[] s_foreign = ["MSBUILD", "DOTNET_", "ASPNETCORE_", "ASPIRE_", "VSTEST_", "TESTINGPLATFORM_", "XUNIT_"];

    /// <param name="environment">Added to the inherited one, without what the test run itself put there; null: nothing.</param>
    /// <param name="limit">Time after which the program and its children are killed.</param>
    /// <exception cref="TimeoutException">The limit was reached.</exception>
    public static async Task<ToolResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string folder,
        IReadOnlyDictionary<string, string>? environment,
        TimeSpan limit,
        CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        SetEnvironment(start, environment);
        var output = new StringBuilder();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var deadline = new CancellationTokenSource(limit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{program} did not end within {limit}:\n{output}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        return new ToolResult(process.ExitCode, output.ToString());
    }

    private static void SetEnvironment(ProcessStartInfo start, IReadOnlyDictionary<string, string>? environment)
    {
        foreach (var name in start.Environment.Keys.Where(k => s_foreign.Any(f => k.StartsWith(f, StringComparison.OrdinalIgnoreCase))).ToArray())
        {
            if (!name.StartsWith("DOTNET_ROOT", StringComparison.Ordinal))
            {
                start.Environment.Remove(name);
            }
        }

        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }
    }

    private static void Append(StringBuilder output, string? line)
    {
        lock (output)
        {
            output.AppendLine(line);
        }
    }
}
