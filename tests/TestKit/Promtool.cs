using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Slipway.TestKit;

/// <summary>Prometheus' own judgement of a text of metrics.</summary>
public static class Promtool
{
    /// <summary>Why a test that needs it is skipped.</summary>
    public const string Absent = "promtool is neither on the PATH nor in .tools/prometheus; eng/setup.sh test fetches it where apt-get can.";

    private static readonly string? s_program = Find();

    public static bool IsAbsent => s_program is null;

    /// <returns>What <c>promtool check metrics</c> complains of; empty for nothing.</returns>
    public static async Task<string> ComplaintsAsync(string text, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(s_program ?? throw new InvalidOperationException(Absent), ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteAsync(text.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        var said = (await output + await error).Trim();
        return process.ExitCode == 0 ? said : $"exit code {process.ExitCode}: {said}";
    }

    private static string? Find([CallerFilePath] string thisFile = "")
    {
        var pinned = Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".tools", "prometheus", "promtool");
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(static folder => Path.Combine(folder, "promtool"))
            .Append(pinned).FirstOrDefault(File.Exists);
    }
}
