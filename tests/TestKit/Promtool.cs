using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Slipway.TestKit;

/// <summary>Prometheus' own judgement of a text of metrics.</summary>
public static partial class Promtool
{
    /// <summary>Why a test that needs it is skipped.</summary>
    public const string Absent = "promtool is neither on the PATH nor in .tools/prometheus; eng/setup.sh test fetches it where apt-get can.";

    private static readonly string? s_program = Find();

    public static bool IsAbsent => s_program is null;

    /// <returns>What <c>promtool check metrics</c> complains of in Prometheus' text format; empty for nothing.</returns>
    public static async Task<string> ComplaintsAsync(string text, CancellationToken cancellationToken)
    {
        var (exitCode, said) = await RunAsync(["check", "metrics"], text, cancellationToken);
        return exitCode == 0 ? said : $"exit code {exitCode}: {said}";
    }

    /// <returns>Why Prometheus' parser refuses a text in OpenMetrics; empty when it doesn't.</returns>
    public static async Task<string> OpenMetricsErrorAsync(string text, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-openmetrics-");
        try
        {
            // Its only command that reads this format wants a time with each sample, since it makes a database of them.
            var file = Path.Combine(folder.FullName, "metrics.txt");
            await File.WriteAllTextAsync(file, Sample().Replace(text, "${sample} 1700000000${exemplar}"), cancellationToken);
            var (exitCode, said) = await RunAsync(["tsdb", "create-blocks-from", "openmetrics", file, folder.FullName], "", cancellationToken);
            return exitCode == 0 ? "" : said;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(int ExitCode, string Said)> RunAsync(string[] arguments, string input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(s_program ?? throw new InvalidOperationException(Absent), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, (await output + await error).Trim());
    }

    private static string? Find([CallerFilePath] string thisFile = "")
    {
        var pinned = Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".tools", "prometheus", "promtool");
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(static folder => Path.Combine(folder, "promtool"))
            .Append(pinned).FirstOrDefault(File.Exists);
    }

    [GeneratedRegex("^(?<sample>[^#{ \\n][^{ \\n]*(\\{.*?\\})? [^ \\n]+)(?<exemplar> # .*)?$", RegexOptions.Multiline)]
    private static partial Regex Sample();
}
