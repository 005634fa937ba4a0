using System.Diagnostics;
using System.Globalization;

namespace Slipway.Benchmarks.Measure;

/// <summary>One run of wrk: a closed loop of connections, each asking again as soon as it is answered.</summary>
/// <param name="Requests">Answered.</param>
/// <param name="Errors">Not answered (connect, read, write, time out), or answered with 400 and above.</param>
/// <param name="Duration">Of the run.</param>
/// <param name="P50">Half of the answers came within.</param>
/// <param name="P95">95 of 100.</param>
/// <param name="P99">99 of 100.</param>
internal sealed record Wrk(long Requests, long Errors, TimeSpan Duration, TimeSpan P50, TimeSpan P95, TimeSpan P99)
{
    private const string ResultMark = "RESULT ";

    /// <summary>wrk prints tables for people; a script in its own language gets at the figures. Times are in microseconds.</summary>
    private const string Report = """
        done = function(summary, latency, requests)
          local e = summary.errors
          io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests, e.connect + e.read + e.write + e.status + e.timeout,
            summary.duration, latency:percentile(50), latency:percentile(95), latency:percentile(99)))
        end

        """;

    public double RequestsPerSecond => Requests / Duration.TotalSeconds;

    /// <param name="url">Where to.</param>
    /// <param name="connections">Kept open.</param>
    /// <param name="duration">How long.</param>
    /// <param name="headers">Sent with each request.</param>
    /// <param name="script">Lua that makes the requests; null: GET of the address.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidOperationException">wrk failed; the message has its output.</exception>
    public static async Task<Wrk> RunAsync(
        Uri url, int connections, TimeSpan duration, IEnumerable<(string Name, string Value)> headers, string? script, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-wrk-");
        try
        {
            var file = Path.Combine(folder.FullName, "wrk.lua");
            await File.WriteAllTextAsync(file, Report + script, cancellationToken);
            string[] arguments =
            [
                "-t", "1", "-c", Text(connections), "-d", $"{Text((int)duration.TotalSeconds)}s", "--timeout", "10s", "-s", file,
                .. headers.SelectMany(header => new[] { "-H", $"{header.Name}: {header.Value}" }), url.ToString(),
            ];
            using var wrk = Process.Start(new ProcessStartInfo("wrk", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await using var ended = cancellationToken.Register(() => wrk.Kill());
            var errors = wrk.StandardError.ReadToEndAsync(CancellationToken.None);
            var output = await wrk.StandardOutput.ReadToEndAsync(CancellationToken.None);
            await wrk.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            return output.Split('\n').FirstOrDefault(line => line.StartsWith(ResultMark, StringComparison.Ordinal)) is { } line
                ? Parse(line)
                : throw new InvalidOperationException($"wrk gave no figures:\n{output}{await errors}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public override string ToString() => FormattableString.Invariant(
        $"{RequestsPerSecond:0} requests/s, p50 {P50.TotalMilliseconds:0.00} ms, p95 {P95.TotalMilliseconds:0.00} ms, p99 {P99.TotalMilliseconds:0.00} ms, {Errors} errors");

    private static Wrk Parse(string line)
    {
        var figures = line[ResultMark.Length..].Split(' ').Select(figure => long.Parse(figure, CultureInfo.InvariantCulture)).ToArray();
        return new Wrk(figures[0], figures[1], Time(2), Time(3), Time(4), Time(5));

        TimeSpan Time(int index) => TimeSpan.FromMicroseconds(figures[index]);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
